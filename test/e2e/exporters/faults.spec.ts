import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { createServer } from 'node:net';
import { Injectable, Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { otlp } from '../../../lib/exporters/otlp/index.js';
import { statsd } from '../../../lib/exporters/statsd/index.js';
import { Command, ObservabilityModule } from '../../../lib/index.js';
import type { MetricsExporter } from '../../../lib/metrics/index.js';
import {
  HttpMetricsReceiver,
  openReceiver as openReceiverOf,
} from '../../contract/otlp-metrics/metrics-receiver.js';
import { sampleOf } from '../../contract/text-format.js';
import { freePort } from '../../system/free-port.js';
import { poll } from '../../system/poll.js';
import { RunningApplication } from '../module/running-application.js';
import { FaultyProxy, type NetworkFault } from './faulty-proxy.js';

Logger.overrideLogger(false);

const closing: (() => unknown)[] = [];
const unhandled: unknown[] = [];
const remember = (reason: unknown) => void unhandled.push(reason);

beforeEach(() => {
  process.on('unhandledRejection', remember);
});

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
  process.off('unhandledRejection', remember);
  expect(unhandled.splice(0)).toEqual([]);
});

@Injectable()
class Work {
  @Command('PlaceOrder')
  async place(): Promise<string> {
    return 'placed';
  }
}

async function start(exporter: MetricsExporter) {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ exporters: [exporter] })],
    providers: [Work],
  });
  closing.push(() => application.close());
  const exports = async (outcome: string): Promise<number> => {
    const { text } = await application.get('/metrics');
    const labels = { exporter: exporter.name, outcome };
    return sampleOf(text, 'eventcore_observability_exports_total', labels) ?? 0;
  };
  const reached = (outcome: string, count: number) =>
    poll(async () => ((await exports(outcome)) >= count ? true : undefined), {
      what: `${count} exports with outcome ${outcome}`,
      timeoutMs: 15_000,
    });
  return { application, work: application.app.get(Work), exports, reached };
}

const timing = { intervalMs: 20, timeoutMs: 400 };

async function openReceiver(): Promise<HttpMetricsReceiver> {
  const receiver = await HttpMetricsReceiver.open();
  closing.push(() => receiver.close());
  return receiver;
}

type Fault = (response: ServerResponse) => void;

const faults: readonly (readonly [string, Fault])[] = [
  ['never answers', () => undefined],
  ['ends the connection', (it) => void it.destroy()],
  [
    'ends the connection in the middle of a refusal',
    (it) => void it.writeHead(500, { 'content-length': 100 }).write('half', () => it.destroy()),
  ],
  ['begins to answer and stalls', (it) => void it.writeHead(503).write('{')],
  ['answers 400', (it) => void it.writeHead(400).end('no')],
  ['answers 401', (it) => void it.writeHead(401).end()],
  ['answers 429 with a long wait', (it) => void it.writeHead(429, { 'retry-after': '99' }).end()],
  ['answers 500 with a page', (it) => void it.writeHead(500).end('<html>oops</html>')],
  ['answers 503', (it) => void it.writeHead(503, { 'retry-after': '0' }).end()],
];

describe('a collector that', () => {
  it.each(faults)(
    'A collector that %s fails exports, holds up no command, and is found again',
    async (_what, it) => {
      const receiver = await openReceiver();
      const well = receiver.http.answer;
      receiver.http.answer = it;
      const { work, reached } = await start(
        otlp({ endpoint: receiver.url, temporality: 'delta', ...timing }),
      );
      await work.place();
      await reached('failure', 2);
      const startedMs = performance.now();
      for (let i = 0; i < 100; i++) expect(await work.place()).toBe('placed');
      expect(performance.now() - startedMs).toBeLessThan(200);
      receiver.http.answer = well;
      await reached('success', 2);
      const counted = receiver.taken
        .flat()
        .filter((point) => point.name === 'eventcore.commands.total')
        .reduce((sum, point) => sum + point.value, 0);
      expect(counted).toBe(101);
    },
  );

  it('A collector that answers 200 with rubbish has taken everything', async () => {
    const receiver = await openReceiver();
    receiver.http.answer = (it) => void it.end(Buffer.from([0xff, 0, 0xff, 1]));
    const { reached, exports } = await start(otlp({ endpoint: receiver.url, ...timing }));
    await reached('success', 2);
    expect(await exports('failure')).toBe(0);
  });

  it('A collector that answers 200 and stalls has taken everything: it does not get it again', async () => {
    const receiver = await openReceiver();
    const well = receiver.http.answer;
    receiver.http.answer = (it) => void it.writeHead(200).write('{');
    const options = { endpoint: receiver.url, temporality: 'delta', ...timing } as const;
    const { work, reached } = await start(otlp(options));
    await work.place();
    await reached('failure', 2);
    receiver.http.answer = well;
    await reached('success', 2);
    const after = receiver.taken.flat().filter((it) => it.name === 'eventcore.commands.total');
    expect(after.map(({ value }) => value).filter((value) => value > 0)).toEqual([]);
  });

  it('A collector that is not there fails exports, and the end comes in time', async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    const { application, reached } = await start(otlp({ endpoint, ...timing }));
    await reached('failure', 2);
    const startedMs = performance.now();
    await application.close();
    expect(performance.now() - startedMs).toBeLessThan(3_000);
  });

  it('A collector that speaks no HTTP fails exports', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('220 mail\r\n');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    closing.push(() => server.close());
    const { port } = server.address() as { port: number };
    const { reached } = await start(otlp({ endpoint: `http://127.0.0.1:${port}`, ...timing }));
    expect(await reached('failure', 2)).toBe(true);
  });
});

const networkFaults: readonly (readonly [NetworkFault, takes: boolean])[] = [
  ['resets connections', false],
  ['swallows everything', false],
  ['answers rubbish', false],
  ['resets in the middle of an answer', true],
  ['stalls in the middle of an answer', true],
];
const protocols = ['http/protobuf', 'http/json', 'grpc'] as const;
const combinations = protocols.flatMap((protocol) =>
  networkFaults.map(([fault, takes]) => [protocol, fault, takes] as const),
);

describe('a network to a collector', () => {
  it.each(combinations)(
    'A network to a collector of %s that %s fails exports, holds up no command, and is found again',
    async (protocol, fault, takes) => {
      const receiver = await openReceiverOf(protocol);
      closing.push(() => receiver.close());
      const proxy = await FaultyProxy.open(Number(new URL(receiver.url).port));
      closing.push(() => proxy.close());
      proxy.become(fault);
      const { work, reached } = await start(
        otlp({ protocol, endpoint: proxy.url, temporality: 'delta', ...timing }),
      );
      expect(await work.place()).toBe('placed');
      await reached('failure', 2);
      expect(await work.place()).toBe('placed');
      proxy.become(undefined);
      await reached('success', 2);
      const points = receiver.taken.flat().filter((it) => it.name === 'eventcore.commands.total');
      if (!takes) expect(points.reduce((sum, it) => sum + it.value, 0)).toBe(2);
      // What may have been taken is offered again as it was: the same times tell the repetition.
      const offered = new Map(points.map((it) => [it.endNano, it.value]));
      expect([...offered.values()].reduce((sum, it) => sum + it, 0)).toBe(2);
    },
  );
});

describe('a StatsD server that is not there', () => {
  it('A StatsD server that is not there fails exports, holds up no command, and the end comes in time', async () => {
    const { application, work, reached } = await start(
      statsd({ port: await freePort(), ...timing }),
    );
    await reached('failure', 2);
    expect(await work.place()).toBe('placed');
    const startedMs = performance.now();
    await application.close();
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
});
