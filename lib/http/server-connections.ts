import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { OpenRequest } from './open-request.js';

/** Source: https://nodejs.org/api/diagnostics_channel.html#http */
const RESPONSE_FINISHED = 'http.server.response.finish';

/** Events of a new connection. On a TLS server, the second event has the connection of the requests. */
const CONNECTED = ['connection', 'secureConnection'] as const;

/**
 * Message of the channel. Node publishes all fields; other publishers may not, and an error here
 * would end the process.
 */
interface FinishedResponse {
  readonly response?: ServerResponse;
  readonly socket?: ServerSocket | null;
}

type ServerSocket = Socket & { [mark: symbol]: Connection | undefined };

/** Connection of a server. */
export class Connection {
  readonly socket: Socket;
  /** Request in progress on the connection. */
  current: OpenRequest | undefined = undefined;
  /** `kept` if requests wait for the previous response, `broken` if not, `unknown` so far. */
  order: 'unknown' | 'kept' | 'broken' = 'unknown';

  constructor(socket: Socket) {
    this.socket = socket;
  }
}

/**
 * Detects the end of a server's requests. Node publishes every sent response and every closed
 * connection; a listener per response would take half of the total cost.
 */
export class ServerConnections implements Iterable<OpenRequest> {
  readonly #server: Server;
  readonly #lost: (request: OpenRequest) => void;
  readonly #report: (fault: unknown) => void;
  readonly #mark = Symbol('eventcore.connection');
  readonly #connections = new Set<Connection>();
  /** True once the channel has published a response, because not every Node-compatible runtime does. */
  #isToldOf = false;

  /**
   * @param lost - Receives a request that ended without a complete response.
   * @param report - Receives faults. An error in a listener of Node would end the process.
   */
  constructor(
    server: Server,
    lost: (request: OpenRequest) => void,
    report: (fault: unknown) => void,
  ) {
    this.#server = server;
    this.#lost = lost;
    this.#report = report;
    subscribe(RESPONSE_FINISHED, this.#finished);
    for (const it of CONNECTED) server.prependListener(it, this.#opened);
  }

  /** Returns the connection that will report the end of this request. A connection takes one request at a time. */
  connectionFor(request: IncomingMessage, response: ServerResponse): Connection | undefined {
    // HTTP/2 does not publish on the channel, although one server may serve both versions.
    if (request.httpVersionMajor !== 1) return undefined;
    const connection = (request.socket as ServerSocket | undefined)?.[this.#mark];
    if (connection === undefined) return undefined;
    if (connection.current !== undefined) connection.order = 'broken';
    // A response without a socket is queued behind others.
    else if (connection.order === 'unknown' && this.#isToldOf && response.socket)
      connection.order = 'kept';
    return connection.order === 'kept' ? connection : undefined;
  }

  /** Returns the request in progress on the connection of a request, which may be another one. */
  current(request: IncomingMessage): OpenRequest | undefined {
    return (request.socket as ServerSocket | undefined)?.[this.#mark]?.current;
  }

  /** Iterates over its requests in progress. */
  *[Symbol.iterator](): IterableIterator<OpenRequest> {
    for (const { current } of this.#connections) if (current !== undefined) yield current;
  }

  /**
   * Destroys connections, with the TLS session of each.
   *
   * @returns Number of destroyed connections.
   */
  destroy(isMeant: (socket: Socket) => boolean): number {
    // The connection below a TLS session is in the set, too.
    const sockets = [...this.#connections].map(({ socket }) => socket);
    const meant = sockets.filter((it) => !('encrypted' in it) && !it.destroyed && isMeant(it));
    for (const it of meant) it.destroy();
    return meant.length;
  }

  /** Accepts no more requests. Those in progress still end with their connections. */
  close(): void {
    this.#isToldOf = false;
    unsubscribe(RESPONSE_FINISHED, this.#finished);
    for (const it of CONNECTED) this.#server.off(it, this.#opened);
    for (const it of this.#connections) it.order = 'broken';
  }

  /**
   * Marks a connection before any other listener, because a property added later would slow down
   * Node's code that handles sockets.
   */
  readonly #opened = (socket: ServerSocket): void => {
    try {
      const connection = new Connection(socket);
      socket[this.#mark] = connection;
      socket.on('close', () => this.#closed(connection));
      this.#connections.add(connection);
    } catch (fault) {
      this.#report(fault);
    }
  };

  readonly #finished = (message: unknown): void => {
    if (typeof message !== 'object' || message === null) return;
    try {
      const { response, socket } = message as FinishedResponse;
      this.#isToldOf = true;
      const connection = socket?.[this.#mark];
      if (connection?.current === undefined || connection.current.response !== response) return;
      const { current } = connection;
      // Not retained, because connections may be idle for hours.
      connection.current = undefined;
      current.isSent = true;
      current.end();
    } catch (fault) {
      this.#report(fault);
    }
  };

  #closed(connection: Connection): void {
    const { current } = connection;
    connection.current = undefined;
    this.#connections.delete(connection);
    try {
      if (current !== undefined) this.#lost(current);
    } catch (fault) {
      this.#report(fault);
    }
  }
}
