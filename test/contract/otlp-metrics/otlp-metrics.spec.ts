import { afterEach, describe, expect, it } from 'vitest';
import {
  otlp,
  type OtlpMetricsOptions,
  type OtlpProtocol,
} from '../../../lib/exporters/otlp/index.js';
import { libraryName, libraryVersion } from '../../../lib/kernel/library.js';
import { exporterContract } from '../../../lib/testing/index.js';
import { poll } from '../../system/poll.js';
import { type MetricsReceiver, openReceiver } from './metrics-receiver.js';
import { openExporter as openExporterOf } from './opened-exporter.js';
import type { ReceivedPoint } from './received-points.js';

const protocols: readonly OtlpProtocol[] = ['http/protobuf', 'http/json', 'grpc'];
const temporalities = ['cumulative', 'delta'] as const;

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function openExporter(options: OtlpMetricsOptions) {
  const opened = await openExporterOf(options);
  closing.push(() => opened.exporter.close?.());
  return opened;
}

async function receiverOf(protocol: OtlpProtocol): Promise<MetricsReceiver> {
  const receiver = await openReceiver(protocol);
  closing.push(() => receiver.close());
  return receiver;
}

/** gRPC waits a second before it looks for a receiver again. */
async function sendAtLast(send: () => Promise<void>): Promise<void> {
  const attempt = () => send().then(() => true);
  await poll(attempt, { what: 'an export after the restart', timeoutMs: 10_000 });
}

/** What a receiver that adds deltas up, or keeps the last cumulative value, has for a counter. */
function countedBy(taken: MetricsReceiver['taken'], name: string, kind: string): number {
  const points = taken.flat().filter((it) => it.name === name && it.attributes['kind'] === kind);
  const isDelta = points[0]?.temporality === 1;
  const last = points.at(-1)?.value ?? 0;
  return isDelta ? points.reduce((sum, it) => sum + it.value, 0) : last;
}

for (const protocol of protocols) {
  for (const temporality of temporalities) {
    describe(`the ${temporality} exporter of OTLP over ${protocol}`, () => {
      const cases = exporterContract({
        create: async () => {
          const receiver = await openReceiver(protocol);
          const endpoint = receiver.url;
          return {
            exporter: otlp({ protocol, temporality, endpoint, timeoutMs: 1_000 }),
            target: (state) => void (receiver.state = state),
            counted: () => countedBy(receiver.taken, 'contract.things.total', 'a'),
            close: () => receiver.close(),
          };
        },
      });
      it.each(cases.map((it) => [it.title, it] as const))(
        `The ${temporality} exporter of OTLP over ${protocol} %s`,
        async (_title, { run }) => {
          await expect(run()).resolves.toBeUndefined();
        },
      );
    });
  }
}

describe.each(protocols)('OTLP over %s', (protocol) => {
  it.each(['none', 'gzip'] as const)(
    'The OTLP exporter brings every kind of metric, compression %s',
    async (it) => {
      const receiver = await receiverOf(protocol);
      const { registry, clock, startedAtMs, send } = await openExporter({
        protocol,
        endpoint: receiver.url,
        compression: it,
        headers: { 'x-api-key': 'a secret' },
        resource: { 'cloud.region': 'eu-1', shard: 7 },
      });
      registry
        .counter({ name: 'shop_orders_total', help: 'Orders.', labels: ['kind'] })
        .labels({ kind: 'b2b "x"\n' })
        .inc(2.5);
      registry.gauge({ name: 'shop_heap_bytes', help: 'Heap.', unit: 'bytes' }).set(-4);
      const wait = registry.histogram({
        ...{ name: 'shop_wait_seconds', help: 'Wait.', unit: 'seconds', buckets: [0.1, 1] },
        otelName: 'shop.wait',
      });
      for (const seconds of [0.05, 0.5, 0.5, 7]) wait.observe(seconds);
      clock.advance(1500);
      await send();
      const [points = []] = receiver.taken;
      const nano = (ms: number) => BigInt(ms) * 1_000_000n;
      const shared = {
        startNano: nano(startedAtMs),
        endNano: nano(startedAtMs + 1500),
        scope: { name: libraryName, version: libraryVersion },
      };
      expect(points).toMatchObject([
        {
          ...shared,
          ...{ name: 'shop.orders.total', description: 'Orders.', unit: '', kind: 'sum' },
          ...{ temporality: 2, isMonotonic: true, attributes: { kind: 'b2b "x"\n' }, value: 2.5 },
        },
        {
          ...shared,
          name: 'shop.heap.bytes',
          unit: 'By',
          kind: 'gauge',
          attributes: {},
          value: -4,
        },
        {
          ...shared,
          ...{ name: 'shop.wait', unit: 's', kind: 'histogram', temporality: 2 },
          ...{ bounds: [0.1, 1], counts: [1, 2, 1], count: 4, sum: 8.05 },
        },
      ]);
      expect(points[0]?.resource).toEqual({
        'service.name': 'shop',
        'service.version': '4.5.6',
        'deployment.environment.name': 'test',
        'service.instance.id': expect.stringMatching(/^[0-9a-f-]{36}$/),
        team: 'orders',
        'cloud.region': 'eu-1',
        shard: 7,
      });
      expect(receiver.headers['x-api-key']).toBe('a secret');
    },
  );

  it('The OTLP exporter loses and doubles nothing over restarts of the receiver', async () => {
    const receiver = await receiverOf(protocol);
    const options = { protocol, endpoint: receiver.url, timeoutMs: 1_500 };
    const both = {
      cumulative: await openExporter({ ...options, temporality: 'cumulative' }),
      delta: await openExporter({ ...options, temporality: 'delta' }),
    };
    for (const temporality of temporalities) {
      const { registry, clock, send } = both[temporality];
      const orders = registry.counter({ name: 'orders_total', help: 'O.', labels: ['kind'] });
      const wait = registry.histogram({ name: 'wait', help: 'W.', buckets: [1], labels: ['kind'] });
      let failures = 0;
      for (let round = 0; round < 6; round++) {
        orders.labels({ kind: temporality }).inc(round + 1);
        wait.labels({ kind: temporality }).observe(round);
        clock.advance(1000);
        if (round === 2 || round === 3) await receiver.close();
        if (round === 2) await expect(send()).rejects.toThrow();
        else if (round === 3) await receiver.restart().then(() => sendAtLast(send));
        else await send().catch(() => failures++);
      }
      expect(failures).toBe(0);
      expect(countedBy(receiver.taken, 'orders.total', temporality)).toBe(21);
      const histograms = receiver.taken
        .flat()
        .filter((it) => it.name === 'wait' && it.attributes['kind'] === temporality);
      const added = temporality === 'delta' ? histograms : histograms.slice(-1);
      expect(added.reduce((sum, it) => sum + it.count, 0)).toBe(6);
      expect(added.reduce((sum, it) => sum + it.sum, 0)).toBe(15);
    }
  });
});

describe('deltas', () => {
  const nanosOf = (points: readonly ReceivedPoint[] = []) =>
    points.map(({ value, startNano, endNano }) => [value, startNano, endNano]);

  async function openDelta() {
    const receiver = await receiverOf('http/protobuf');
    const opened = await openExporter({ endpoint: receiver.url, temporality: 'delta' });
    const orders = opened.registry.counter({ name: 'orders_total', help: 'Orders.' });
    const at = (ms: number) => BigInt(opened.startedAtMs + ms) * 1_000_000n;
    return { receiver, ...opened, orders, at };
  }

  async function sendGivenUp(send: (signal: AbortSignal) => Promise<void>): Promise<void> {
    const abort = new AbortController();
    const sending = send(abort.signal);
    setTimeout(() => abort.abort(new Error('given up')), 100);
    await expect(sending).rejects.toThrow('given up');
  }

  it('OTLP deltas that were not answered are offered again as they were, before anything newer', async () => {
    const { receiver, clock, orders, send, at } = await openDelta();
    receiver.state = 'hanging';
    orders.inc(2);
    clock.advance(1000);
    await sendGivenUp(send);
    receiver.state = 'taking';
    orders.inc(3);
    clock.advance(1000);
    await send();
    expect(receiver.taken.map(nanosOf)).toEqual([
      [[2, at(0), at(1000)]],
      [[3, at(1000), at(2000)]],
    ]);
  });

  it('OTLP deltas that were refused are part of the next', async () => {
    const { receiver, clock, orders, send, at } = await openDelta();
    receiver.state = 'refusing';
    orders.inc(2);
    clock.advance(1000);
    await expect(send()).rejects.toThrow();
    receiver.state = 'taking';
    orders.inc(3);
    clock.advance(1000);
    await send();
    expect(receiver.taken.map(nanosOf)).toEqual([[[5, at(0), at(2000)]]]);
  });
});

describe('a wall clock that is set back', () => {
  it('An OTLP export ends no interval before its start, and deltas do not overlap', async () => {
    const receiver = await receiverOf('http/protobuf');
    const options = { endpoint: receiver.url, temporality: 'delta' } as const;
    const { clock, registry, send } = await openExporter(options);
    const orders = registry.counter({ name: 'orders_total', help: 'Orders.', labels: ['kind'] });
    const labels = { kind: 'a' };
    for (const backMs of [0, 3_600_000, 0, 1_500, 86_400_000, 0]) {
      clock.setWall(clock.wallMs() - backMs);
      orders.labels(labels).inc();
      clock.advance(1_000);
      await send();
      // A series that is removed and comes back, too.
      orders.remove(labels);
    }
    const points = receiver.taken.flat().filter((it) => it.value > 0);
    expect(points.map((it) => it.value)).toEqual([1, 1, 1, 1, 1, 1]);
    points.forEach(({ startNano, endNano }, i) => {
      expect(endNano).toBeGreaterThan(startNano);
      if (i > 0) expect(startNano).toBeGreaterThanOrEqual(points[i - 1]!.endNano);
    });
  });

  it('An OTLP export leaves the start of cumulative counts as it is', async () => {
    const receiver = await receiverOf('http/protobuf');
    const { clock, registry, send } = await openExporter({ endpoint: receiver.url });
    const orders = registry.counter({ name: 'orders_total', help: 'Orders.' });
    for (const backMs of [0, 3_600_000, 0, 1_500, 0]) {
      clock.setWall(clock.wallMs() - backMs);
      orders.inc();
      clock.advance(1_000);
      await send();
    }
    const points = receiver.taken.flat();
    expect(points.map((it) => it.value)).toEqual([1, 2, 3, 4, 5]);
    expect(new Set(points.map((it) => it.startNano)).size).toBe(1);
    points.forEach(({ startNano, endNano }, i) => {
      expect(endNano).toBeGreaterThan(i > 0 ? points[i - 1]!.endNano : startNano);
    });
  });
});
