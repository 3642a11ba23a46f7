import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ScrapeDelivery } from '../../../lib/exporters/prometheus/http/scrape-delivery.js';

const MEGABYTE = new Uint8Array(1024 * 1024);
const body = (megabytes: number) => Array.from({ length: megabytes }, () => MEGABYTE);

let server: Server | undefined;
const sockets: Socket[] = [];

afterEach(() => {
  vi.useRealTimers();
  for (const it of sockets.splice(0)) it.destroy();
  server?.close();
});

/** A scraper that asks and then reads nothing. */
async function ask(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  sockets.push(socket);
  socket.on('error', () => undefined);
  socket.pause();
  await once(socket, 'connect');
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  return socket;
}

describe('an answer', () => {
  it('A health answer that nobody reads is cut off when its time is over', async () => {
    const delivery = new ScrapeDelivery(50);
    const closed = new Promise<boolean>((resolve) => {
      server = createServer((_request, response) => {
        response.once('close', () => resolve(response.writableFinished));
        delivery.send(body(64), response);
      });
    });
    server?.listen(0, '127.0.0.1');
    await once(server as Server, 'listening');
    await ask(((server as Server).address() as AddressInfo).port);
    expect(await closed).toBe(false);
  });

  it('A health answer arrives whole when it is read', async () => {
    const delivery = new ScrapeDelivery();
    const response = new PassThrough();
    delivery.send(body(3), response);
    let length = 0;
    for await (const bytes of response) length += (bytes as Buffer).length;
    expect(length).toBe(3 * MEGABYTE.length);
  });

  it('A health answer waits for its reader: no more of it is taken than fits', async () => {
    const response = new PassThrough({ highWaterMark: 1 });
    new ScrapeDelivery().send(body(8), response);
    await once(response, 'readable');
    expect(response.readableLength + response.writableLength).toBeLessThan(4 * MEGABYTE.length);
    response.destroy();
  });
});

describe('an application that ends', () => {
  it('An application that ends has a second left for answers under way, and for those that begin then', () => {
    vi.useFakeTimers();
    const delivery = new ScrapeDelivery();
    const [first, second] = [new PassThrough(), new PassThrough()];
    delivery.watch(body(1), first);
    delivery.hurry();
    vi.advanceTimersByTime(500);
    delivery.hurry();
    delivery.watch(body(1), second);
    vi.advanceTimersByTime(499);
    expect([first.destroyed, second.destroyed]).toEqual([false, false]);
    vi.advanceTimersByTime(1);
    expect([first.destroyed, second.destroyed]).toEqual([true, false]);
    vi.advanceTimersByTime(500);
    expect(second.destroyed).toBe(true);
  });
});

describe('a scraper that left before its answer was ready', () => {
  it('A scraper that left before its answer was ready keeps no body, and takes the place of none that is read slowly', async () => {
    const delivery = new ScrapeDelivery();
    const slow = new PassThrough();
    delivery.watch(body(1), slow);
    const bodies: WeakRef<readonly Uint8Array[]>[] = [];
    for (let i = 0; i < 20; i++) {
      const gone = new PassThrough();
      gone.destroy();
      await once(gone, 'close');
      const late = body(1);
      bodies.push(new WeakRef(late));
      delivery.send(late, gone);
    }
    expect(slow.destroyed).toBe(false);
    for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    globalThis.gc?.();
    // The last one may still be on the stack.
    expect(bodies.filter((it) => it.deref() !== undefined).length).toBeLessThan(2);
  });
});

describe('answers that nobody reads', () => {
  it('Answers that nobody reads keep eight bodies at most, and share one as often as they like', () => {
    const delivery = new ScrapeDelivery();
    const shared = body(1);
    const sharing = Array.from({ length: 50 }, () => new PassThrough());
    for (const it of sharing) delivery.watch(shared, it);
    const others = Array.from({ length: 7 }, () => new PassThrough());
    for (const it of others) delivery.watch(body(1), it);
    expect([...sharing, ...others].filter((it) => it.destroyed)).toHaveLength(0);
    delivery.watch(body(1), new PassThrough());
    expect(sharing.every((it) => it.destroyed)).toBe(true);
    expect(others.some((it) => it.destroyed)).toBe(false);
  });
});
