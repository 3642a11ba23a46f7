import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get, type IncomingMessage, type Server } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { Injectable, Logger } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { type Clock, Command, ObservabilityModule } from '../../../lib/index.js';
import { parseOpenMetrics } from '../../contract/openmetrics-format.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { platforms, RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

@Injectable()
class Work {
  @Command('PlaceOrder')
  async place(): Promise<string> {
    return 'placed';
  }
}

interface Parts {
  readonly platform?: (typeof platforms)[number];
  readonly series?: number;
  readonly clock?: Clock;
}

/** An application with so many series beside its own. */
async function start({ platform = 'express', series = 20_000, clock }: Parts = {}) {
  const options = { cardinality: { seriesLimit: 1_000_000 }, ...(clock && { clock }) };
  const application = await RunningApplication.start({
    platform,
    imports: [ObservabilityModule.forRoot(options)],
    providers: [Work],
  });
  let ended: Promise<void> | undefined;
  const end = () => (ended ??= application.close());
  closing.push(end);
  const counter = application.service.counter({
    name: 'shop_orders_total',
    help: 'Orders.',
    labels: ['id'],
  });
  const all = Array.from({ length: series }, (_, id) => counter.labels({ id }));
  return { application, work: application.app.get(Work), counter, series: all, end };
}

/**
 * The HTTP server of an application at a Unix socket: one whose reader does not read takes 200 kB, where the system takes
 * megabytes for TCP.
 */
async function atUnixSocket(application: RunningApplication): Promise<string> {
  const server = application.app.getHttpServer() as Server;
  const folder = mkdtempSync(join(tmpdir(), 'scrapers-'));
  const path = join(folder, 'socket');
  const door = createServer((socket) => void server.emit('connection', socket)).listen(path);
  await once(door, 'listening');
  closing.push(() => (door.close(), rmSync(folder, { recursive: true, force: true })));
  return path;
}

/** A scraper that asks and then reads nothing. */
async function askOnly(path: string): Promise<Socket> {
  const socket = connect(path);
  closing.push(() => socket.destroy());
  socket.on('error', () => undefined);
  socket.pause();
  await once(socket, 'connect');
  socket.write('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n');
  return socket;
}

interface Scrape {
  readonly status: number | undefined;
  readonly text: string;
}

async function scrape(socketPath: string, headers: Record<string, string> = {}): Promise<Scrape> {
  const request = get({ socketPath, path: '/metrics', headers, agent: false });
  const [answer] = (await once(request, 'response')) as [IncomingMessage];
  const body = await readAll(answer);
  const isGzip = answer.headers['content-encoding'] === 'gzip';
  return { status: answer.statusCode, text: (isGzip ? gunzipSync(body) : body).toString() };
}

async function readAll(answer: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const it of answer) chunks.push(it as Buffer);
  return Buffer.concat(chunks);
}

/** So many turns that whatever was asked is being answered. */
async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve));
}

function memoryBytes(): number {
  if (globalThis.gc === undefined) throw new Error('run with --expose-gc');
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe.each(platforms)('200 scrapers on %s that ask and never read', (platform) => {
  it('Two hundred scrapers that never read cost a few bodies, hold up neither commands nor another scraper, and end with the application', async () => {
    const { application, work, series, end } = await start({ platform });
    const path = await atUnixSocket(application);
    const bodyBytes = Buffer.byteLength((await scrape(path)).text);
    expect(bodyBytes).toBeGreaterThan(500_000);
    await turns(50);
    const before = memoryBytes();
    const sockets: Socket[] = [];
    for (let batch = 0; batch < 20; batch++) {
      // All of them differ: no piece of one body serves another.
      for (const it of series) it.inc(batch + 1);
      sockets.push(...(await Promise.all(Array.from({ length: 10 }, () => askOnly(path)))));
      await turns(100);
      expect(await work.place()).toBe('placed');
      const { text } = await scrape(path);
      expect(sampleOf(text, 'eventcore_commands_total')).toBe(batch + 1);
    }
    expect(sockets).toHaveLength(200);
    // Eight that wait, one that is kept for the next scrape; beside them the connections themselves.
    expect(memoryBytes() - before).toBeLessThan(11 * bodyBytes + 200 * 50_000);
    const startedMs = performance.now();
    await end();
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  }, 60_000);
});

describe('Fifty scrapers at once', () => {
  it.each(platforms)(
    'Fifty scrapers at once get the same complete answer on %s, in whatever form',
    async (platform) => {
      const { application, series } = await start({ platform, series: 3_000 });
      const path = await atUnixSocket(application);
      const openmetrics = 'application/openmetrics-text';
      const forms: Record<string, string>[] = [
        {},
        { 'accept-encoding': 'gzip' },
        { accept: openmetrics },
        { accept: openmetrics, 'accept-encoding': 'gzip' },
      ];
      for (let round = 0; round < 2; round++) {
        const scrapes = Array.from({ length: 50 }, (_, i) => scrape(path, forms[i % 4]));
        for (const it of series) it.inc();
        const answers = await Promise.all(scrapes);
        expect(answers.every(({ status }) => status === 200)).toBe(true);
        for (const text of new Set(answers.map((it) => it.text))) {
          const isOpenMetrics = text.endsWith('# EOF\n');
          const values = isOpenMetrics
            ? parseOpenMetrics(text).get('shop_orders')?.samples
            : parseTextFormat(text).get('shop_orders_total')?.samples;
          expect(values).toHaveLength(series.length);
          // One instant: all of them had been counted equally often.
          expect(new Set(values?.map(({ value }) => value)).size).toBe(1);
        }
      }
    },
    60_000,
  );
});

describe('a scraper that goes away', () => {
  it.each(platforms)(
    'A scraper that goes away in the middle of its answer leaves nothing behind on %s',
    async (platform) => {
      const { application, work } = await start({ platform });
      const path = await atUnixSocket(application);
      await scrape(path);
      const before = memoryBytes();
      for (let i = 0; i < 40; i++) {
        const socket = await askOnly(path);
        if (i % 2 === 0) {
          socket.resume();
          await once(socket, 'data');
        }
        socket.destroy();
        await work.place();
        await turns(10);
      }
      const { status, text } = await scrape(path);
      expect(status).toBe(200);
      expect(sampleOf(text, 'eventcore_commands_total')).toBe(40);
      await turns(50);
      expect(memoryBytes() - before).toBeLessThan(3 * Buffer.byteLength(text));
    },
  );
});

describe('series that come and go during a rendering', () => {
  it('Series that come and go during a rendering are in the answer as they were when it began, and gone from the next', async () => {
    // Every look at it is a millisecond later: the event loop is given up again and again.
    let nowMs = 0;
    const clock: Clock = { monotonicMs: () => nowMs++, wallMs: () => 0 };
    const { application, counter, series } = await start({ clock });
    for (const it of series) it.inc();
    const { service } = application;
    await service.gather();
    let isOver = false;
    const rendering = service.gather().finally(() => (isOver = true));
    let turnsTaken = 0;
    for (let id = 0; id < series.length; id++) {
      if (id % 5_000 === 0) {
        await turns(1);
        turnsTaken += isOver ? 0 : 1;
      }
      counter.remove({ id });
      counter.labels({ id: `new ${id}` }).inc(2);
    }
    expect(turnsTaken).toBeGreaterThan(1);
    const during = parseTextFormat(await rendering).get('shop_orders_total')?.samples;
    expect(during).toHaveLength(series.length);
    expect(new Set(during?.map(({ value }) => value))).toEqual(new Set([1]));
    const after = parseTextFormat(await service.gather()).get('shop_orders_total')?.samples;
    expect(after).toHaveLength(series.length);
    expect(new Set(after?.map(({ value }) => value))).toEqual(new Set([2]));
    for (let id = 0; id < series.length; id++) counter.remove({ id: `new ${id}` });
    expect(await service.gather()).not.toContain('shop_orders_total{');
  });
});

describe('the end of the application', () => {
  it.each(platforms)(
    'The end of the application does not wait for scrapers that do not read on %s',
    async (platform) => {
      const { application, end } = await start({ platform });
      const path = await atUnixSocket(application);
      await askOnly(path);
      await turns(100);
      const startedMs = performance.now();
      await end();
      expect(performance.now() - startedMs).toBeLessThan(3_000);
    },
  );
});
