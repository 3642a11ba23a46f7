import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { RunningApplication } from './running-application.js';

let release: () => void;
let arriveAll: () => void;
let missing = 2;
const held = new Promise<void>((resolve) => (release = resolve));
const arrived = new Promise<void>((resolve) => (arriveAll = resolve));

/** Settles when the held work ends. The request and the message call it. */
export function hold(): Promise<void> {
  missing -= 1;
  if (missing === 0) arriveAll();
  return held;
}

/**
 * Begins one piece of work of each kind that is counted while it is in progress.
 *
 * @returns Ends all of it.
 */
export async function holdWork({ service, url }: RunningApplication): Promise<() => Promise<void>> {
  const calls = [service.startCommand('Import'), service.startQuery('Import')];
  const job = service.job('import').run(() => held);
  const request = fetch(`${url}/orders/held`);
  const socket = new WebSocket(`${url.replace('http', 'ws')}/live`);
  await once(socket, 'open');
  socket.send(JSON.stringify({ event: 'hold' }));
  await arrived;
  return async () => {
    release();
    for (const it of calls) it.succeed();
    await Promise.all([job, request]);
    socket.terminate();
  };
}
