import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { OngoingWork } from './ongoing-work.js';

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

const REFUSAL = JSON.stringify({
  statusCode: 503,
  message: 'Service Unavailable',
  error: 'The application shuts down.',
});

/** The requests of a server: how many are being answered, and what becomes of further ones when it ends. */
export class HttpTraffic implements OngoingWork {
  readonly name = 'requests';
  readonly #open = new Set<ServerResponse>();
  #server: Server | undefined;
  #isClosing = false;
  #isRefusing = false;

  /** {@inheritDoc OngoingWork.count} */
  count(): number {
    return this.#open.size;
  }

  /** Counts the requests of a server from now on. */
  watch(server: Server): void {
    if (this.#server !== undefined) return;
    this.#server = server;
    server.prependListener('request', (_request: IncomingMessage, response: ServerResponse) => {
      this.#open.add(response);
      if (this.#isClosing) closeAfter(response);
      response.once('close', () => this.#open.delete(response));
    });
  }

  /** Has clients come back on a new connection, which a balancer opens elsewhere, from the next answer on. */
  closeConnections(): void {
    this.#isClosing = true;
    for (const response of this.#open) closeAfter(response);
  }

  /**
   * Answers 503 to what arrives from now on, except for the paths that are asked about the application itself.
   *
   * @param isServed - Whether a path without its query is answered all the same.
   */
  refuse(isServed: (path: string) => boolean): void {
    const server = this.#server;
    if (server === undefined || this.#isRefusing) return;
    this.#isRefusing = true;
    const listeners = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (!isServed(pathOf(request))) return refuseOne(request, response);
      for (const listener of listeners) listener.call(server, request, response);
    });
  }
}

function refuseOne(request: IncomingMessage, response: ServerResponse): void {
  closeAfter(response);
  response.writeHead(503, { 'Content-Type': 'application/json', 'Retry-After': '1' });
  response.end(REFUSAL);
  request.resume();
}

function closeAfter(response: ServerResponse): void {
  // HTTP/2 has no such header.
  if (!response.headersSent && response.req.httpVersionMajor < 2) {
    response.setHeader('Connection', 'close');
  }
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const [path = '/'] = url.split(/[?#]/, 1);
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}
