import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { OpenRequest, plainReader, type RequestReader } from './open-request.js';
import { ServerConnections } from './server-connections.js';

/** Calls back on the response when a request is over, at least once. */
function onResponseEnd(
  { socket }: IncomingMessage,
  response: ServerResponse,
  over: () => void,
): void {
  response.on('close', over);
  // Absent where a request comes from elsewhere than a server.
  if (!response.socket && socket) tellOfLoss(socket, response, over);
}

const waiting = new WeakMap<Socket, Set<() => void>>();

/** A response that waits behind others of its connection is not told when that closes. */
function tellOfLoss(socket: Socket, response: ServerResponse, over: () => void): void {
  const queue = waiting.get(socket) ?? openQueue(socket);
  queue.add(over);
  response.once('close', () => queue.delete(over));
}

/** One listener for all of them: a socket warns of more than ten. */
function openQueue(socket: Socket): Set<() => void> {
  const queue = new Set<() => void>();
  waiting.set(socket, queue);
  socket.once('close', () => {
    for (const lost of queue) lost();
    queue.clear();
  });
  return queue;
}

/** Learns of requests while they come in, before anything else of the application. */
export interface RequestFollower {
  began(request: OpenRequest): void;
}

/**
 * The requests that an application is answering, whichever way they came in. Followed from the server on where there is
 * one: what frameworks do to requests makes every look at them dearer, and a hook of theirs costs more than all of this.
 */
export class OpenRequests implements Iterable<OpenRequest> {
  /** Reads requests that ended. */
  reader: RequestReader = plainReader;
  /** Those that the connections of the server do not tell of. */
  readonly #listened = new Set<OpenRequest>();
  // Not on the response: the property would make those that have it another kind of object for all code that meets both.
  readonly #known = new WeakMap<ServerResponse, OpenRequest>();
  #follower: RequestFollower | undefined;
  #server: Partial<Server> | undefined;
  #connections: ServerConnections | undefined;

  /** Tells of requests from now on. */
  follow(follower: RequestFollower): void {
    this.#follower = this.#follower ? new BothFollowers(this.#follower, follower) : follower;
  }

  /** Begins with the requests of a server; what is none is left alone. */
  watch(server: Partial<Server> | undefined): void {
    if (server === this.#server || typeof server?.prependListener !== 'function') return;
    this.release();
    this.#server = server;
    const connections = new ServerConnections(server as Server, (it) => this.#lost(it));
    this.#connections = connections;
    server.prependListener('request', (request, response) => {
      const connection = connections.connectionFor(request, response);
      if (connection === undefined) return void this.of(request, response);
      const open = new OpenRequest(request, response, this.reader);
      connection.current = open;
      this.#follower?.began(open);
    });
  }

  /** Lets go of what belongs to the process, when the application ends. Requests are followed all the same. */
  release(): void {
    this.#connections?.close();
  }

  /** The request of a response. It begins now unless a server told of it. */
  of(request: IncomingMessage, response: ServerResponse): OpenRequest {
    const current = this.#connections?.current(request);
    if (current?.response === response) return current;
    return this.#known.get(response) ?? this.#listenTo(request, response);
  }

  *[Symbol.iterator](): IterableIterator<OpenRequest> {
    if (this.#connections !== undefined) yield* this.#connections;
    yield* this.#listened;
  }

  #listenTo(request: IncomingMessage, response: ServerResponse): OpenRequest {
    const open = new OpenRequest(request, response, this.reader);
    // Somebody answered in the place of a handler that runs all the same: it was told of.
    if (response.writableFinished) return open;
    open.hadConnection = Boolean(response.socket);
    this.#listened.add(open);
    this.#known.set(response, open);
    this.#follower?.began(open);
    onResponseEnd(request, response, () => {
      // It may be told more than once.
      if (this.#listened.delete(open)) open.end();
    });
    return open;
  }

  /** Its connection closed, and its handler may begin after that. */
  #lost(open: OpenRequest): void {
    this.#known.set(open.response, open);
    open.end();
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
