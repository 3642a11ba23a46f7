import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { OpenRequest } from './open-request.js';

/** Source: https://nodejs.org/api/diagnostics_channel.html#http */
const RESPONSE_FINISHED = 'http.server.response.finish';

interface FinishedResponse {
  readonly response: ServerResponse;
  readonly socket: ServerSocket;
}

type ServerSocket = Socket & { readonly server?: unknown; [mark: symbol]: Connection | undefined };

/** A connection of the server, with the request that is being answered on it. */
interface Connection {
  current: OpenRequest | undefined;
}

/**
 * Tells when the requests of a server are over. Node says of a response that it went out, and of a connection that it
 * closed; a listener on each response, added and called, is half of what following a request takes.
 */
export class ServerConnections {
  readonly #server: Partial<Server>;
  readonly #over: (request: OpenRequest) => void;
  readonly #mark = Symbol('eventcore.connection');
  /** Whether the channel has told of a response: not every runtime that has servers like those of Node does. */
  #isToldOf = false;

  /** @param over - Called for each request that is taken, once. */
  constructor(server: Partial<Server>, over: (request: OpenRequest) => void) {
    this.#server = server;
    this.#over = over;
    subscribe(RESPONSE_FINISHED, this.#finished);
  }

  /** Whether the end of this request will be told. One of each connection is taken at a time. */
  takes(open: OpenRequest): boolean {
    const { request } = open;
    // HTTP/2 has no channel, though its requests may come by the same server.
    if (!this.#isToldOf || request.httpVersionMajor !== 1) return false;
    const socket = request.socket as ServerSocket | undefined;
    if (socket?.server !== this.#server) return false;
    const connection = socket[this.#mark] ?? this.#follow(socket);
    if (connection.current !== undefined) return false;
    connection.current = open;
    return true;
  }

  /** Takes no more. Requests that it has taken still end with their connections. */
  close(): void {
    this.#isToldOf = false;
    unsubscribe(RESPONSE_FINISHED, this.#finished);
  }

  #follow(socket: ServerSocket): Connection {
    const connection: Connection = { current: undefined };
    socket[this.#mark] = connection;
    socket.on('close', () => this.#end(connection));
    return connection;
  }

  readonly #finished = (message: unknown): void => {
    const { response, socket } = message as FinishedResponse;
    this.#isToldOf = true;
    const connection = socket[this.#mark];
    if (connection?.current?.response !== response) return;
    connection.current.isSent = true;
    this.#end(connection);
  };

  #end(connection: Connection): void {
    const { current } = connection;
    // Kept no longer: connections may idle for hours.
    connection.current = undefined;
    if (current !== undefined) this.#over(current);
  }
}
