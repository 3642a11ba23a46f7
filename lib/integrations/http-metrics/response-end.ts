import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { RequestEnd } from './http-requests.js';

/** Status of a request whose connection closed before the answer began, as nginx writes it. */
export const CLIENT_CLOSED_REQUEST = 499;

/** The end of a request that Node's server answers. */
export abstract class ServedRequestEnd implements RequestEnd {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  abstract endpoint(): string | undefined;

  /** What the client got; 499 when the connection closed before there was anything. */
  status(): number {
    const { headersSent, socket, writableFinished, statusCode } = this.#response;
    // Without a socket of its own nothing of it went out, even if it was written.
    const wasSent = headersSent && (socket !== null || writableFinished);
    return wasSent ? statusCode : CLIENT_CLOSED_REQUEST;
  }
}

const waiting = new WeakMap<Socket, Set<() => void>>();

/**
 * Calls back when the connection closes on a response that waits behind others of it: such a response is not told.
 */
export function onLostInQueue(
  { socket }: IncomingMessage,
  response: ServerResponse,
  lost: () => void,
): void {
  // Absent where a request comes from elsewhere than a server.
  if (response.socket || !socket) return;
  const queue = waiting.get(socket) ?? openQueue(socket);
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
