import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { OpenRequest } from './open-request.js';

/** Source: https://nodejs.org/api/diagnostics_channel.html#http */
const RESPONSE_FINISHED = 'http.server.response.finish';

/** What a server says of a new one; where it is encrypted, the second is the connection of its requests. */
const CONNECTED = ['connection', 'secureConnection'] as const;

/** What Node publishes has all of it; what others do may not, and an error here would end the process. */
interface FinishedResponse {
  readonly response?: ServerResponse;
  readonly socket?: ServerSocket | null;
}

type ServerSocket = Socket & { [mark: symbol]: Connection | undefined };

/** A connection of the server. */
export class Connection {
  /** What is being answered on it. */
  current: OpenRequest | undefined = undefined;
  /** Whether requests wait for the answer to the one before, as far as that is known. */
  order: 'unknown' | 'kept' | 'broken' = 'unknown';
}

/**
 * Tells when the requests of a server are over. Node says of a response that it went out, and of a connection that it
 * closed; a listener on each response, added and called, is half of what following a request takes.
 */
export class ServerConnections implements Iterable<OpenRequest> {
  readonly #server: Server;
  readonly #lost: (request: OpenRequest) => void;
  readonly #mark = Symbol('eventcore.connection');
  readonly #connections = new Set<Connection>();
  /** Whether the channel has told of a response: not every runtime that has servers like those of Node does. */
  #isToldOf = false;

  /** @param lost - Called with a request that is over, and that was not answered to its end. */
  constructor(server: Server, lost: (request: OpenRequest) => void) {
    this.#server = server;
    this.#lost = lost;
    subscribe(RESPONSE_FINISHED, this.#finished);
    for (const it of CONNECTED) server.prependListener(it, this.#opened);
  }

  /** The connection that takes this request and tells of its end. One of each connection is taken at a time. */
  connectionFor(request: IncomingMessage, response: ServerResponse): Connection | undefined {
    // HTTP/2 has no channel, though its requests may come by the same server.
    if (request.httpVersionMajor !== 1) return undefined;
    const connection = (request.socket as ServerSocket | undefined)?.[this.#mark];
    if (connection === undefined) return undefined;
    if (connection.current !== undefined) connection.order = 'broken';
    // One that has no connection yet waits behind others.
    else if (connection.order === 'unknown' && this.#isToldOf && response.socket)
      connection.order = 'kept';
    return connection.order === 'kept' ? connection : undefined;
  }

  /** What is being answered on the connection of a request: that one or another. */
  current(request: IncomingMessage): OpenRequest | undefined {
    return (request.socket as ServerSocket | undefined)?.[this.#mark]?.current;
  }

  /** The requests that it has taken and that are not over. */
  *[Symbol.iterator](): IterableIterator<OpenRequest> {
    for (const { current } of this.#connections) if (current !== undefined) yield current;
  }

  /** Takes no more. Requests that it has taken still end with their connections. */
  close(): void {
    this.#isToldOf = false;
    unsubscribe(RESPONSE_FINISHED, this.#finished);
    for (const it of CONNECTED) this.#server.off(it, this.#opened);
    for (const it of this.#connections) it.order = 'broken';
  }

  /**
   * Marked before anybody else sees it: code of Node that has met connections with the mark and without takes longer for
   * each of them.
   */
  readonly #opened = (socket: ServerSocket): void => {
    const connection = new Connection();
    socket[this.#mark] = connection;
    this.#connections.add(connection);
    socket.on('close', () => this.#closed(connection));
  };

  readonly #finished = (message: unknown): void => {
    const { response, socket } = message as FinishedResponse;
    this.#isToldOf = true;
    const connection = socket?.[this.#mark];
    if (connection?.current === undefined || connection.current.response !== response) return;
    const { current } = connection;
    // Kept no longer: connections may idle for hours.
    connection.current = undefined;
    current.isSent = true;
    current.end();
  };

  #closed(connection: Connection): void {
    const { current } = connection;
    connection.current = undefined;
    this.#connections.delete(connection);
    if (current !== undefined) this.#lost(current);
  }
}
