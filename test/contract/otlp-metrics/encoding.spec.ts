import { JsonMetricsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  MetricEncoding,
  MetricsPayload,
} from '../../../lib/exporters/otlp/encoding/metric-encoding.js';
import { resourceMetrics, resourceOf } from '../../../lib/exporters/otlp/reader/otel-resource.js';
import { encodeOtlpJson } from '../../../lib/exporters/otlp/encoding/otlp-json.format.js';
import { OtlpProtobuf } from '../../../lib/exporters/otlp/encoding/otlp-protobuf.format.js';
import { MetricRegistry } from '../../../lib/metrics/registry.js';
import type { RegistrySnapshot } from '../../../lib/metrics/snapshot/snapshot.js';
import { snapshotDelta } from '../../../lib/metrics/snapshot/snapshot-delta.js';
import { Faults } from '../../../lib/kernel/faults.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { decodeJsonMetrics, decodeMetrics } from './metrics-protobuf.js';
import { pointsOf } from './received-points.js';

const cumulative: MetricEncoding = {
  temporality: 'cumulative',
  sinceMs: 0,
  histograms: 'explicit',
};

function makeMetrics(exponentialHistograms = false) {
  const clock = new ManualClock();
  const faults = new Faults(clock);
  const registry = new MetricRegistry({ clock, faults, seriesLimit: 50, exponentialHistograms });
  const labels = ['a', 'b'] as const;
  return {
    clock,
    registry,
    counter: registry.counter({ name: 'things_total', help: 'Things "é".', labels }),
    gauge: registry.gauge({ name: 'size_bytes', help: 'Size.', unit: 'bytes', labels }),
    histogram: registry.histogram({ name: 'wait_seconds', help: 'W.', labels, buckets: [0.1, 1] }),
    plain: registry.histogram({ name: 'plain', help: '' }),
  };
}

type Metrics = ReturnType<typeof makeMetrics>;

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', 'x', '\0"\\'),
);
const labelSet = fc.record({ a: text, b: fc.constantFrom('', 'b', 'é€😀') });
const value = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }),
  fc.constantFrom(0, 1, 0.1, 2 ** 53, 2 ** 60, 1e-320),
);
const step = fc.record({
  metric: fc.constantFrom('counter', 'gauge', 'histogram', 'remove' as const),
  labels: labelSet,
  value,
  ms: fc.nat(5000),
  again: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function apply({ clock, counter, gauge, histogram }: Metrics, it: Step): void {
  clock.advance(it.ms);
  if (it.metric === 'counter') counter.labels(it.labels).inc(Math.abs(it.value));
  else if (it.metric === 'gauge') gauge.labels(it.labels).set(it.value);
  else if (it.metric === 'histogram') histogram.labels(it.labels).observe(it.value);
  else for (const metric of [counter, gauge, histogram]) metric.remove(it.labels);
}

const resource = { 'service.name': 'é "shop"', shard: 7, ratio: 0.5, big: -(2 ** 60), on: true };

/** What the SDK's serializers say of the same snapshot. */
function ofSdk(snapshot: RegistrySnapshot, encoding: MetricEncoding) {
  const data = resourceMetrics(snapshot, encoding, resourceOf(resource));
  return {
    protobuf: decodeMetrics(ProtobufMetricsSerializer.serializeRequest(data)!),
    json: decodeJsonMetrics(JsonMetricsSerializer.serializeRequest(data)!),
  };
}

describe.each(['explicit', 'exponential'] as const)('requests with %s buckets', (histograms) => {
  it('Requests of OTLP metrics mean what those of the SDK mean, export after export', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.boolean(), (steps, isDelta) => {
        const metrics = makeMetrics(histograms === 'exponential');
        const protobuf = new OtlpProtobuf(resource);
        let before: RegistrySnapshot | undefined;
        for (const [i, it] of steps.entries()) {
          apply(metrics, it);
          if (!it.again && i < steps.length - 1) continue;
          const now = metrics.registry.snapshot();
          const temporality = isDelta ? 'delta' : 'cumulative';
          const encoding = { temporality, sinceMs: before?.takenAtMs ?? 0, histograms } as const;
          const snapshot = isDelta ? snapshotDelta(now, before) : now;
          before = now;
          const theirs = ofSdk(snapshot, encoding);
          const payload = { snapshot, encoding };
          expect(decodeMetrics(protobuf.encode(payload))).toEqual(theirs.protobuf);
          expect(positive(decodeJsonMetrics(encodeOtlpJson(payload, resource)))).toEqual(
            positive(theirs.json),
          );
        }
      }),
      { numRuns: 150 },
    );
  });
});

function encoderOf(format: 'protobuf' | 'JSON') {
  if (format === 'protobuf') return new OtlpProtobuf({});
  return { encode: (payload: MetricsPayload) => encodeOtlpJson(payload, {}) };
}

/** `JSON.stringify` writes -0 as 0. */
function positive(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe.each(['protobuf', 'JSON'] as const)('a request in %s', (format) => {
  const encoder = () => encoderOf(format);
  const decode = format === 'JSON' ? decodeJsonMetrics : decodeMetrics;
  const pointsIn = (snapshot: RegistrySnapshot, encoding = cumulative) =>
    pointsOf(decode(encoder().encode({ snapshot, encoding })));

  it('A request of OTLP metrics has well-formed text, whatever labels and descriptions hold', () => {
    const { registry } = makeMetrics();
    const help = 'lone \ud800 and "quoted"\0';
    const counter = registry.counter({ name: 'odd_total', help, labels: ['k'] });
    counter.labels({ k: `a\0"\\\ud83d${'é'.repeat(2 ** 20)}` }).inc();
    const [point] = pointsIn(registry.snapshot()).filter(({ name }) => name === 'odd.total');
    expect(point?.description).toBe('lone \ufffd and "quoted"\0');
    expect(point?.attributes).toEqual({ k: `a\0"\\\ufffd${'é'.repeat(123)}` });
  });

  it('A request of OTLP metrics has numbers that doubles hold and JSON does not', () => {
    const { registry, counter, gauge, plain } = makeMetrics();
    counter.labels({ a: 'x', b: '' }).inc(2 ** 60);
    const snapshot = registry.snapshot();
    expect(pointsIn(snapshot)).toMatchObject([
      { name: 'things.total', value: 2 ** 60, attributes: { a: 'x' } },
    ]);
    plain.labels({}).observeTimes(1e-9, 2 ** 60);
    for (const a of ['nan', 'up', 'down']) gauge.labels({ a, b: '' }).set(0);
    const odd = registry.snapshot();
    const values = odd.metrics[1]?.blocks[0]?.values as Float64Array;
    values.set([Number.NaN, Infinity, -Infinity]);
    const points = pointsIn(odd);
    expect(points.filter(({ kind }) => kind === 'gauge').map((it) => it.value)).toEqual([
      Number.NaN,
      Infinity,
      -Infinity,
    ]);
    expect(points.at(-1)?.count).toBe(2 ** 60);
    const text = Buffer.from(encoder().encode({ snapshot: odd, encoding: cumulative })).toString();
    if (format === 'JSON') expect(text).toContain('"1152921504606846976"');
  });

  it.each(['explicit', 'exponential'] as const)(
    'A request of OTLP metrics has exemplars beside %s buckets',
    (histograms) => {
      const { registry, clock, histogram } = makeMetrics(true);
      const startedAtMs = clock.wallMs();
      const traceId = '0af7651916cd43dd8448eb211c80319c';
      const span = { traceId, spanId: 'b7ad6b7169203331' };
      const series = histogram.labels({ a: 'x', b: 'y' });
      histogram.labels({ a: 'other', b: 'y' }).observe(1);
      for (const seconds of [0.05, 7]) {
        clock.advance(1500);
        series.observe(seconds);
        series.exemplify(seconds, span);
      }
      const encoding = { ...cumulative, histograms };
      const found = pointsIn(registry.snapshot(), encoding);
      const [point, other] = ['x', 'other'].map((a) => found.find((it) => it.attributes.a === a));
      const nano = (ms: number) => String(BigInt(startedAtMs + ms) * 1_000_000n);
      expect(point).toMatchObject({ attributes: { a: 'x', b: 'y' }, count: 2, sum: 7.05 });
      expect(point?.exemplars).toEqual([
        { ...span, asDouble: 0.05, timeUnixNano: nano(1500) },
        { ...span, asDouble: 7, timeUnixNano: nano(3000) },
      ]);
      expect(other).toMatchObject({ attributes: { a: 'other' }, count: 1, exemplars: [] });
      const later = { ...encoding, sinceMs: startedAtMs + 2000, temporality: 'delta' } as const;
      const delta = pointsIn(registry.snapshot(), later).find((it) => it.attributes.a === 'x');
      expect(delta?.exemplars.map((it) => it.asDouble)).toEqual([7]);
    },
  );
});

describe.each(['protobuf', 'JSON'] as const)('what is kept of %s', (format) => {
  function encoding() {
    const metrics = makeMetrics();
    const encoder = encoderOf(format);
    const encode = (encoding = cumulative) =>
      encoder.encode({ snapshot: metrics.registry.snapshot(), encoding });
    const decode = format === 'JSON' ? decodeJsonMetrics : decodeMetrics;
    const points = (encoding = cumulative) => pointsOf(decode(encode(encoding)));
    return { ...metrics, encode, decode, points };
  }

  it('A point cache is never part of a request that somebody may still be sending', () => {
    const { counter, encode, decode } = encoding();
    const series = counter.labels({ a: '1', b: '' });
    series.inc();
    for (const amount of [1, 10, 1]) {
      const request = encode();
      const copy = Uint8Array.from(request);
      const [before] = pointsOf(decode(request));
      series.inc(amount);
      expect(pointsOf(decode(encode()))[0]?.value).toBe((before?.value ?? 0) + amount);
      expect(Uint8Array.from(request)).toEqual(copy);
    }
  });

  it('A point cache gives way to numbers that become longer and shorter', () => {
    const { gauge, points } = encoding();
    const [first, second] = ['1', '2'].map((a) => gauge.labels({ a, b: 'é' }));
    const numbers = [0, -0.1, 7, 1 / 3, 2 ** 31, -(2 ** 31), 1e21, 5e-324, Number.MAX_VALUE, 10];
    for (const [i, number] of numbers.entries()) {
      first?.set(number);
      second?.set(numbers.at(-1 - i)!);
      const gauges = points().filter(({ kind }) => kind === 'gauge');
      expect(gauges.map((it) => it.value)).toEqual([number, numbers.at(-1 - i)]);
    }
  });

  it('A point cache has the exemplars of each time alone', () => {
    const { clock, histogram, points } = encoding();
    const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };
    const [first, second] = ['1', '2'].map((a) => histogram.labels({ a, b: '' }));
    const since = (sinceMs: number) =>
      points({ ...cumulative, sinceMs })
        .filter(({ attributes }) => 'a' in attributes)
        .map(({ exemplars }) => exemplars.map((it) => it.asDouble));
    const startMs = clock.wallMs();
    first?.observe(0.5);
    second?.observe(3);
    first?.exemplify(0.5, span);
    expect(since(startMs)).toEqual([[0.5], []]);
    clock.advance(1);
    second?.exemplify(3, span);
    second?.exemplify(0.05, span);
    expect(since(startMs + 1)).toEqual([[], [0.05, 3]]);
    clock.advance(1);
    expect(since(startMs + 2)).toEqual([[], []]);
    expect(since(startMs)).toEqual([[0.5], [0.05, 3]]);
  });
});
