import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { OpenRequest, plainReader, type RequestReader } from './open-request.js';
import { onResponseEnd } from './response-end.js';
import { ServerConnections } from './server-connections.js';

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
  // On the response, which every framework hands on.
  readonly #mark = Symbol('eventcore.request');
  readonly #open: OpenRequest[] = [];
  readonly #followers: RequestFollower[] = [];
  #server: Partial<Server> | undefined;
  #connections: ServerConnections | undefined;

  /** Tells of requests from now on. */
  follow(follower: RequestFollower): void {
    this.#followers.push(follower);
  }

  /** Begins with the requests of a server; what is none is left alone. */
  watch(server: Partial<Server> | undefined): void {
    if (server === this.#server || typeof server?.prependListener !== 'function') return;
    this.release();
    this.#server = server;
    this.#connections = new ServerConnections(server, (it) => this.#end(it));
    server.prependListener('request', (request, response) => this.#begin(request, response));
  }

  /** Lets go of what belongs to the process, when the application ends. Requests are followed all the same. */
  release(): void {
    this.#connections?.close();
  }

  /** The request of a response. It begins now unless a server told of it. */
  of(request: IncomingMessage, response: ServerResponse): OpenRequest {
    return (response as Marked)[this.#mark] ?? this.#begin(request, response);
  }

  [Symbol.iterator](): IterableIterator<OpenRequest> {
    return this.#open.values();
  }

  #begin(request: IncomingMessage, response: ServerResponse): OpenRequest {
    // Each knows its place: a set takes five times as long, for every request.
    const open = new OpenRequest(request, response, this.#open.length, this.reader);
    this.#open.push(open);
    (response as Marked)[this.#mark] = open;
    for (const follower of this.#followers) follower.began(open);
    if (this.#connections?.takes(open) !== true)
      onResponseEnd(request, response, () => this.#end(open));
    return open;
  }

  /** It ended; that may be told more than once. */
  #end(open: OpenRequest): void {
    const { place } = open;
    if (place === undefined) return;
    open.place = undefined;
    const last = this.#open.pop()!;
    if (last !== open) {
      this.#open[place] = last;
      last.place = place;
    }
    open.recorder?.ended(open);
  }
}

type Marked = ServerResponse & { [mark: symbol]: OpenRequest | undefined };
