import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { isEnginePoll } from '../http/engine-polls.js';
import type { OpenRequest } from '../http/open-request.js';
import type { OpenRequests, RequestFollower } from '../http/open-requests.js';
import type { WorkInFlight } from './in-flight-work.js';

type RequestListener = (request: IncomingMessage, response: ServerResponse) => void;

const REFUSAL = JSON.stringify({
  statusCode: 503,
  message: 'Service Unavailable',
  error: 'The application shuts down.',
});

const EVENT_STREAM = /^content-type:\s*text\/event-stream/im;

/** Returns true for a request about the application itself, such as a probe or scrape. */
export type IsProbe = (method: string, path: string) => boolean;

/** Counts the HTTP requests in progress, and controls further requests during a shutdown. */
export class HttpTraffic implements WorkInFlight, RequestFollower {
  readonly name = 'requests';
  readonly #requests: OpenRequests;
  readonly #server: Partial<Server> | undefined;
  readonly #isProbe: IsProbe;
  #isClosing = false;
  #isFollowing = false;
  #refused: readonly RequestListener[] | undefined;

  /**
   * @param server - HTTP server, if any.
   * @param isProbe - Identifies requests that are not counted and are answered until the end.
   */
  constructor(requests: OpenRequests, server: Partial<Server> | undefined, isProbe: IsProbe) {
    this.#requests = requests;
    this.#server = server;
    this.#isProbe = isProbe;
  }

  /** {@inheritDoc WorkInFlight.count} A pending probe, an event stream and a long poll do not delay the shutdown. */
  count(): number {
    const isWork = ({ request }: OpenRequest) => !this.#asks(request);
    return [...this.#requests.awaited()].filter(isWork).length;
  }

  /** {@inheritDoc RequestFollower.began} */
  began({ response }: OpenRequest): void {
    try {
      closeAfter(response);
    } catch (fault) {
      this.#requests.report(fault);
    }
  }

  /** Closes connections after the next response, so that clients reconnect, possibly to another instance. */
  closeConnections(): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    // Registered late, because a follower is called for every request.
    if (!this.#isFollowing) this.#requests.follow(this);
    this.#isFollowing = true;
    for (const it of this.#requests) this.began(it);
  }

  /** Returns true for a probe. A rule that fails takes a request for work, and ends nothing. */
  #asks(request: IncomingMessage): boolean {
    try {
      return this.#isProbe(methodOf(request), pathOf(request));
    } catch (fault) {
      this.#requests.report(fault);
      return false;
    }
  }

  /** Responds 503 to later requests, except for probes. */
  refuse(): void {
    const server = this.#server;
    if (!isServer(server) || this.#refused !== undefined) return;
    const listeners = server.listeners('request') as RequestListener[];
    this.#refused = listeners;
    server.removeAllListeners('request');
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      if (!this.#asks(request)) return this.#refuseOne(request, response);
      for (const listener of listeners) listener.call(server, request, response);
    });
  }

  /** Ends event streams and long polls, which end by themselves only when the client leaves. */
  endStreams(): void {
    for (const it of this.#requests) {
      try {
        if (isStream(it)) endStream(it);
      } catch (fault) {
        this.#requests.report(fault);
      }
    }
  }

  /** Lets a server that has closed answer again, as it does without the library. */
  release(): void {
    const server = this.#server;
    this.#isClosing = false;
    if (!isServer(server) || this.#refused === undefined) return;
    server.removeAllListeners('request');
    for (const listener of this.#refused) server.on('request', listener);
    this.#refused = undefined;
  }

  /** A response that cannot be written is destroyed, because no other listener answers it. */
  #refuseOne(request: IncomingMessage, response: ServerResponse): void {
    try {
      refuseOne(request, response);
    } catch (fault) {
      this.#requests.report(fault);
      response.destroy();
    }
  }
}

function endStream({ response }: OpenRequest): void {
  // The compatibility response of HTTP/2 has a stream of its own connection.
  const { stream } = response as { readonly stream?: { destroy(): void } };
  (stream ?? response).destroy();
}

/** Returns true for a response that has no end of its own: server-sent events, and polls of Engine.IO. */
function isStream(open: OpenRequest): boolean {
  const { request, response } = open;
  if (isEnginePoll(request.url ?? '') && request.method === 'GET' && !open.isHandled()) return true;
  if (!response.headersSent) return false;
  // `writeHead` keeps the headers that it gets as text only.
  const written = String(Reflect.get(response, '_header') ?? '');
  return EVENT_STREAM.test(
    `content-type: ${String(response.getHeader('content-type'))}\r\n${written}`,
  );
}

function isServer(server: Partial<Server> | undefined): server is Server {
  return typeof server?.removeAllListeners === 'function';
}

function refuseOne(request: IncomingMessage, response: ServerResponse): void {
  closeAfter(response);
  response.writeHead(503, { 'Content-Type': 'application/json', 'Retry-After': '1' });
  response.end(REFUSAL);
  request.resume();
}

function closeAfter(response: ServerResponse): void {
  const { req, setHeader } = response as Partial<ServerResponse>;
  // Responses of adapters may have neither.
  if (req === undefined || setHeader === undefined) return;
  // HTTP/2 has no `Connection` header.
  if (!response.headersSent && req.httpVersionMajor < 2) {
    response.setHeader('Connection', 'close');
  }
}

function methodOf({ method = 'GET' }: IncomingMessage): string {
  return method;
}

function pathOf({ url = '/' }: IncomingMessage): string {
  const [path = '/'] = url.split(/[?#]/, 1);
  if (path.length <= 1) return path;
  // A pattern for slashes at the end takes quadratic time, and clients choose the path.
  let end = path.length;
  while (path[end - 1] === '/') end--;
  return path.slice(0, end);
}
