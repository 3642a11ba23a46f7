import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Learns of the requests of a server. */
export interface RequestWatcher {
  /** One came in; nobody has answered it yet. */
  opened(request: IncomingMessage, response: ServerResponse): void;
  /** It was answered, or its connection closed; told at least once. */
  closed(request: IncomingMessage, response: ServerResponse): void;
}

/** The requests that a server answers. Whoever wants to know shares one listener on each of them. */
export class ServedRequests {
  readonly #watchers: RequestWatcher[] = [];
  readonly #onClose: (this: ServerResponse) => void;
  #server: Server | undefined;

  constructor() {
    const watchers = this.#watchers;
    this.#onClose = function () {
      for (const it of watchers) it.closed(this.req, this);
    };
  }

  /** The server, when there is one. */
  get server(): Server | undefined {
    return this.#server;
  }

  /** Tells of the requests from now on. */
  tell(watcher: RequestWatcher): void {
    this.#watchers.push(watcher);
  }

  /** Watches a server for whoever is told, the first that is handed over; `undefined` and what is none is left alone. */
  watch(server: Partial<Server> | undefined): void {
    if (this.#server !== undefined || this.#watchers.length === 0) return;
    if (typeof server?.prependListener !== 'function') return;
    this.#server = server as Server;
    const watchers = this.#watchers;
    const onClose = this.#onClose;
    this.#server.prependListener(
      'request',
      (request: IncomingMessage, response: ServerResponse) => {
        for (const it of watchers) it.opened(request, response);
        tellOfEnd(request, response, onClose);
      },
    );
  }
}

/** Calls back on the response when a request is over, at least once. */
export function tellOfEnd(
  { socket }: IncomingMessage,
  response: ServerResponse,
  over: (this: ServerResponse) => void,
): void {
  response.on('close', over);
  // Absent where a request comes from elsewhere than a server.
  if (!response.socket && socket) tellOfLoss(socket, response, over);
}

const waiting = new WeakMap<Socket, Set<() => void>>();

/** A response that waits behind others of its connection is not told when that closes. */
function tellOfLoss(
  socket: Socket,
  response: ServerResponse,
  over: (this: ServerResponse) => void,
): void {
  const queue = waiting.get(socket) ?? openQueue(socket);
  const lost = () => over.call(response);
  queue.add(lost);
  response.once('close', () => queue.delete(lost));
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
