import { afterEach, describe, expect, it } from 'vitest';
import type { OtlpMetricsOptions } from '../../../lib/exporters/otlp/index.js';
import type { RegistrySnapshot } from '../../../lib/metrics/snapshot/snapshot.js';
import { type MetricsReceiver, openReceiver, type ReceiverState } from './metrics-receiver.js';
import { openExporter } from './opened-exporter.js';
import type { ReceivedPoint } from './received-points.js';

const FAULTS: readonly ReceiverState[] = ['taking', 'refusing', 'dying'];
const sequences = FAULTS.flatMap((a) => FAULTS.flatMap((b) => FAULTS.map((c) => [a, b, c])));

// Each has a receiver of its own.
const inEachSequence = (run: (sequence: readonly ReceiverState[]) => Promise<void>) =>
  Promise.all(sequences.map(run));

const temporalities = ['cumulative', 'delta'] as const;

const kinds: readonly OtlpMetricsOptions[] = temporalities.flatMap((temporality) => [
  { protocol: 'http/protobuf', temporality, histograms: 'explicit' },
  { protocol: 'http/protobuf', temporality, histograms: 'exponential' },
  { protocol: 'http/json', temporality, histograms: 'explicit' },
  { protocol: 'grpc', temporality, histograms: 'exponential' },
]);

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function open(options: OtlpMetricsOptions) {
  const receiver = await openReceiver(options.protocol ?? 'http/protobuf');
  closing.push(() => receiver.close());
  // No room for another attempt by the transport: faults are those of the sequence.
  const opened = await openExporter({ ...options, endpoint: receiver.url, timeoutMs: 900 });
  closing.push(() => opened.exporter.close?.());
  const { registry } = opened;
  const orders = registry.counter({ name: 'orders_total', help: 'O.', labels: ['kind'] });
  const wait = registry.histogram({ name: 'wait', help: 'W.', labels: ['kind'], buckets: [1, 4] });
  return { ...opened, receiver, orders, wait };
}

/** Counts, sums and buckets of each series, by metric and labels. */
type Totals = Record<string, readonly number[]>;

const add = (totals: Totals, key: string, numbers: readonly number[]) => {
  totals[key] = numbers.map((it, i) => it + (totals[key]?.[i] ?? 0));
};

function numbersOf({ kind, value, count, sum, counts, exponential }: ReceivedPoint): number[] {
  if (kind === 'sum') return [value];
  if (exponential === undefined) return [count, sum, ...counts];
  const bucketed = [...Object.values(exponential.positive), exponential.zeroCount];
  return [count, sum, bucketed.reduce((total, it) => total + it, 0)];
}

/** What a receiver has that knows a repetition by its times, and adds deltas up or keeps the last value. */
function totalsOf(taken: MetricsReceiver['taken']): Totals {
  const totals: Totals = {};
  const seen = new Map<string, readonly number[]>();
  for (const point of taken.flat()) {
    const { name, attributes, startNano, endNano, temporality } = point;
    const series = `${name} ${String(attributes['kind'])}`;
    const numbers = numbersOf(point);
    if (temporality === 2) {
      totals[series] = numbers;
      continue;
    }
    const key = `${series} ${startNano} ${endNano}`;
    const before = seen.get(key);
    if (before === undefined) add(totals, series, numbers);
    else expect(numbers).toEqual(before);
    seen.set(key, numbers);
  }
  return totals;
}

function totalsIn(snapshot: RegistrySnapshot, isExponential: boolean): Totals {
  const totals: Totals = {};
  for (const { definition, blocks } of snapshot.metrics) {
    for (const { labelSets, values, stride } of blocks) {
      for (const [i, labels] of labelSets.entries()) {
        const numbers = [...values.subarray(i * stride, (i + 1) * stride)];
        const [sum, ...counts] = numbers.toReversed();
        const count = counts.reduce((total, it) => total + it, 0);
        const buckets = isExponential ? [count] : counts.toReversed();
        const key = `${definition.name.replaceAll('_', '.')} ${labels.join()}`;
        totals[key] = stride === 1 ? numbers : [count, sum!, ...buckets];
      }
    }
  }
  return totals;
}

describe.each(kinds)('over $protocol, $temporality, with $histograms buckets', (options) => {
  it('OTLP metrics lose and double nothing, whatever the receiver does', async () => {
    await inEachSequence(async (sequence) => {
      const { receiver, registry, clock, orders, wait, send } = await open(options);
      for (const [round, state] of sequence.entries()) {
        receiver.state = state;
        orders.labels({ kind: 'a' }).inc(round + 1);
        wait.labels({ kind: 'a' }).observe(3 ** round);
        clock.advance(1000);
        const sent = await send().then(
          () => true,
          () => false,
        );
        if (state !== 'taking') expect(sent).toBe(false);
      }
      receiver.state = 'taking';
      clock.advance(1000);
      await send();
      const isExponential = options.histograms === 'exponential';
      const shown = totalsIn(registry.snapshot(), isExponential);
      expect({ sequence, totals: totalsOf(receiver.taken) }).toEqual({ sequence, totals: shown });
      expect(shown['orders.total a']).toEqual([6]);
    });
  });
});

describe.each(kinds.filter((it) => it.temporality === 'delta'))(
  'deltas over $protocol with $histograms buckets',
  (options) => {
    it('OTLP deltas have what series counted before they were removed, and after', async () => {
      await inEachSequence(async (sequence) => {
        const { receiver, clock, orders, wait, send } = await open(options);
        const counted: Totals = {};
        const record = (kind: string, value: number) => {
          orders.labels({ kind }).inc(value);
          wait.labels({ kind }).observe(value);
          add(counted, `orders.total ${kind}`, [value]);
          const buckets =
            options.histograms === 'exponential'
              ? [1]
              : [Number(value <= 1), Number(value > 1 && value <= 4), Number(value > 4)];
          add(counted, `wait ${kind}`, [1, value, ...buckets]);
        };
        for (const [round, state] of sequence.entries()) {
          receiver.state = state;
          record('stays', 1);
          record('comes and goes', 2 + round);
          clock.advance(500);
          for (const it of [orders, wait]) it.remove({ kind: 'comes and goes' });
          if (round > 0) record('comes and goes', 7);
          clock.advance(500);
          await send().catch(() => undefined);
        }
        receiver.state = 'taking';
        clock.advance(1000);
        await send();
        expect({ sequence, totals: totalsOf(receiver.taken) }).toEqual({
          sequence,
          totals: counted,
        });
        const gone = receiver.taken.length;
        for (const it of [orders, wait]) it.remove({ kind: 'comes and goes' });
        await send();
        await send();
        const kindsOf = (points: readonly ReceivedPoint[] = []) =>
          new Set(points.map((it) => it.attributes['kind']));
        expect(kindsOf(receiver.taken[gone])).toEqual(new Set(['stays', 'comes and goes']));
        expect(kindsOf(receiver.taken[gone + 1])).toEqual(new Set(['stays']));
      });
    });
  },
);
