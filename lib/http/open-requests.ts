import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { DetachedRequests } from './detached-requests.js';
import { OpenRequest, plainReader, type RequestReader } from './open-request.js';
import { ServerConnections } from './server-connections.js';

/** Calls back when a request has ended, at least once. */
function onResponseEnd(
  { socket }: IncomingMessage,
  response: ServerResponse,
  over: () => void,
): void {
  response.on('close', over);
  if (!response.socket && socket) tellOfLoss(socket, response, over);
}

/** Identifies a connection; that of a TLS session or an HTTP/2 stream, too, whose sockets are others. */
function addressOf(socket: Partial<Socket> | null | undefined): string {
  return `${socket?.remoteAddress} ${socket?.remotePort}`;
}

/** Returns true for a connection of a server; false for requests of serverless adapters and of `inject()`. */
export function isOfServer(socket: Socket | undefined): boolean {
  return Boolean((socket as { readonly server?: unknown } | null | undefined)?.server);
}

const waiting = new WeakMap<Socket, Set<() => void>>();

/** Notifies a queued response of a closed connection, which Node does not. */
function tellOfLoss(socket: Socket, response: ServerResponse, over: () => void): void {
  const queue = waiting.get(socket) ?? openQueue(socket);
  queue.add(over);
  response.once('close', () => queue.delete(over));
}

/** One listener per socket for all queued responses, because a socket warns about more than ten. */
function openQueue(socket: Socket): Set<() => void> {
  const queue = new Set<() => void>();
  waiting.set(socket, queue);
  socket.once('close', () => {
    for (const lost of queue) lost();
    queue.clear();
  });
  return queue;
}

/** Receives requests on arrival, before any other component of the application. */
export interface RequestFollower {
  began(request: OpenRequest): void;
}

/**
 * Requests in progress of an application, from any source. They are observed at the server if there
 * is one, because frameworks slow down every property access on a request, and their hooks cost
 * more than this whole class.
 */
export class OpenRequests implements Iterable<OpenRequest> {
  /** Reads finished requests. */
  reader: RequestReader = plainReader;
  /** Requests that the connections of the server do not report. */
  readonly #listened = new Set<OpenRequest>();
  // Not a property of the response, which would change its hidden class for all code.
  readonly #known = new WeakMap<ServerResponse, OpenRequest>();
  #follower: RequestFollower | undefined;
  #server: Partial<Server> | undefined;
  #connections: ServerConnections | undefined;
  readonly #detached: DetachedRequests;
  /** Receives faults of the observation, which never reach the code that serves requests. */
  readonly report: (fault: unknown) => void;

  constructor(report: (fault: unknown) => void = () => undefined) {
    this.report = report;
    this.#detached = new DetachedRequests(report);
  }

  /** Adds a follower for later requests. */
  follow(follower: RequestFollower): void {
    this.#follower = this.#follower ? new BothFollowers(this.#follower, follower) : follower;
  }

  /** Observes the requests of a server; ignores a value that is not a server. */
  watch(server: Partial<Server> | undefined): void {
    if (server === this.#server || typeof server?.prependListener !== 'function') return;
    this.release();
    this.#server = server;
    const connections = new ServerConnections(
      server as Server,
      (it) => this.#lost(it),
      this.report,
    );
    this.#connections = connections;
    server.prependListener('request', (request, response) => {
      // An error in here would end the process.
      try {
        const connection = connections.connectionFor(request, response);
        if (connection === undefined) return void this.of(request, response);
        const open = new OpenRequest(request, response, this.reader);
        connection.current = open;
        this.#follower?.began(open);
      } catch (fault) {
        this.report(fault);
      }
    });
  }

  /** Returns the request of a response like {@link OpenRequests.of}; `undefined` when it cannot be followed. */
  note(request: IncomingMessage, response: ServerResponse): OpenRequest | undefined {
    try {
      return this.of(request, response);
    } catch (fault) {
      this.report(fault);
      return undefined;
    }
  }

  /** Releases process-wide subscriptions at the end of the application. Requests are still followed. */
  release(): void {
    this.#connections?.close();
  }

  /**
   * Destroys the connections that wait for nothing: their client has sent no complete request and has received nothing,
   * not even the beginning of a TLS handshake. A server that closes waits for them.
   */
  endSilentConnections(): void {
    try {
      const busy = new Set([...this].map(({ request }) => addressOf(request.socket)));
      this.#connections?.destroy((it) => it.bytesWritten === 0 && !busy.has(addressOf(it)));
    } catch (fault) {
      // The socket of an HTTP/2 stream throws after its session.
      this.report(fault);
    }
  }

  /**
   * Destroys all connections, with their requests.
   *
   * @returns Number of destroyed connections.
   */
  endConnections(): number {
    try {
      return this.#connections?.destroy(() => true) ?? 0;
    } catch (fault) {
      this.report(fault);
      return 0;
    }
  }

  /** Returns the request of a response. It starts now unless the server has reported it. */
  of(request: IncomingMessage, response: ServerResponse): OpenRequest {
    const current = this.#connections?.current(request);
    if (current?.response === response) return current;
    return this.#known.get(response) ?? this.#listenTo(request, response);
  }

  *[Symbol.iterator](): IterableIterator<OpenRequest> {
    if (this.#connections !== undefined) yield* this.#connections;
    yield* this.#listened;
    yield* this.#detached;
  }

  /** Iterates over the requests for which a shutdown waits. */
  *awaited(): IterableIterator<OpenRequest> {
    if (this.#connections !== undefined) yield* this.#connections;
    yield* this.#listened;
    yield* this.#detached.awaited();
  }

  #listenTo(request: IncomingMessage, response: ServerResponse): OpenRequest {
    const open = new OpenRequest(request, response, this.reader);
    // The response was finished before the handler ran, and its end was reported. An HTTP/2 HEAD request has nothing left
    // to write from its beginning.
    if (response.writableFinished && response.headersSent) return open;
    open.hadConnection = Boolean(response.socket);
    this.#known.set(response, open);
    this.#follower?.began(open);
    if (!isOfServer(request.socket)) {
      this.#detached.hold(open);
      return open;
    }
    this.#listened.add(open);
    onResponseEnd(request, response, () => {
      // May be called more than once.
      if (this.#listened.delete(open)) this.#end(open);
    });
    return open;
  }

  /** Handles a closed connection. The handler may start after it. */
  #lost(open: OpenRequest): void {
    this.#known.set(open.response, open);
    open.end();
  }

  #end(open: OpenRequest): void {
    try {
      open.end();
    } catch (fault) {
      this.report(fault);
    }
  }
}

class BothFollowers implements RequestFollower {
  readonly #first: RequestFollower;
  readonly #second: RequestFollower;

  constructor(first: RequestFollower, second: RequestFollower) {
    this.#first = first;
    this.#second = second;
  }

  began(request: OpenRequest): void {
    this.#first.began(request);
    this.#second.began(request);
  }
}
