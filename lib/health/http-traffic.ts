import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestWatcher, ServedRequests } from '../kernel/served-requests.js';
import type { OngoingWork } from './ongoing-work.js';

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

const REFUSAL = JSON.stringify({
  statusCode: 503,
  message: 'Service Unavailable',
  error: 'The application shuts down.',
});

/** The requests of a server: how many are being answered, and what becomes of further ones when it ends. */
export class HttpTraffic implements OngoingWork, RequestWatcher {
  readonly name = 'requests';
  readonly #open = new Set<ServerResponse>();
  readonly #requests: ServedRequests;
  #isClosing = false;
  #isRefusing = false;

  constructor(requests: ServedRequests) {
    this.#requests = requests;
    requests.tell(this);
  }

  /** {@inheritDoc OngoingWork.count} */
  count(): number {
    return this.#open.size;
  }

  /** {@inheritDoc RequestWatcher.opened} */
  opened(_request: IncomingMessage, response: ServerResponse): void {
    this.#open.add(response);
    if (this.#isClosing) closeAfter(response);
  }

  /** {@inheritDoc RequestWatcher.closed} */
  closed(_request: IncomingMessage, response: ServerResponse): void {
    this.#open.delete(response);
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
    const { server } = this.#requests;
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
