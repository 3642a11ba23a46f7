import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { onResponseEnd } from '../kernel/response-end.js';
import type { OngoingWork } from './ongoing-work.js';
import { OpenResponses } from './open-responses.js';

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

const REFUSAL = JSON.stringify({
  statusCode: 503,
  message: 'Service Unavailable',
  error: 'The application shuts down.',
});

/** Whether a request asks about the application itself, as probes and scrapes do. */
export type IsProbe = (method: string, path: string) => boolean;

/** The requests of a server: how many are being answered, and what becomes of further ones when it ends. */
export class HttpTraffic implements OngoingWork {
  readonly name = 'requests';
  readonly #open = new OpenResponses();
  readonly #isProbe: IsProbe;
  #server: Server | undefined;
  #isClosing = false;
  #isRefusing = false;

  /** @param isProbe - Tells what is no work and is answered until the end. */
  constructor(isProbe: IsProbe) {
    this.#isProbe = isProbe;
  }

  /** {@inheritDoc OngoingWork.count} A probe that waits for a check holds nothing up. */
  count(): number {
    return [...this.#open].filter(({ req }) => !this.#isProbe(methodOf(req), pathOf(req))).length;
  }

  /** Counts the requests of a server from now on; what is none is left alone. */
  watch(server: Partial<Server> | undefined): void {
    if (typeof server?.prependListener !== 'function') return;
    this.#server = server as Server;
    this.#server.prependListener('request', (request, response) => {
      this.#open.add(response);
      if (this.#isClosing) closeAfter(response);
      onResponseEnd(request, response, () => this.#open.delete(response));
    });
  }

  /** Has clients come back on a new connection, which a balancer opens elsewhere, from the next answer on. */
  closeConnections(): void {
    this.#isClosing = true;
    for (const response of this.#open) closeAfter(response);
  }

  /** Answers 503 to what arrives from now on, except for probes. */
  refuse(): void {
    const server = this.#server;
    if (server === undefined || this.#isRefusing) return;
    this.#isRefusing = true;
    const listeners = server.listeners('request') as RequestListener[];
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (!this.#isProbe(methodOf(request), pathOf(request))) return refuseOne(request, response);
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

function methodOf({ method = 'GET' }: IncomingMessage): string {
  return method;
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const [path = '/'] = url.split(/[?#]/, 1);
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}
