import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Calls back on the response when a request is over, at least once. */
export function onResponseEnd(
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
