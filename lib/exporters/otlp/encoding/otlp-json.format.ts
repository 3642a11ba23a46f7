import { libraryName, libraryVersion } from '../../../kernel/library.js';
import type { MetricDefinition } from '../../../metrics/definition/metric-definition.js';
import type { ExponentialBuckets } from '../../../metrics/snapshot/exponential-snapshot.js';
import {
  type Exemplar,
  type MetricSnapshot,
  type SeriesBlock,
} from '../../../metrics/snapshot/snapshot.js';
import type { ResourceAttributes } from '../../../otlp/resource-attributes.js';
import { attributeNamesOf, otelName, otelUnit } from './otel-names.format.js';
import type { MetricsPayload } from './metric-encoding.js';
import {
  countOf,
  exemplarsOf,
  hasSeries,
  isExponential,
  isInt64,
  startMsOf,
  temporalityCodes,
} from './otlp-points.format.js';

/**
 * Encodes an OTLP request as JSON. As in the JSON mapping of protobuf, 64-bit integers, NaN and
 * infinities are strings; ids are hexadecimal. Source:
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function encodeOtlpJson(payload: MetricsPayload, resource: ResourceAttributes): Uint8Array {
  const scope = { name: libraryName, version: libraryVersion };
  const metrics = payload.snapshot.metrics.filter(hasSeries).map((it) => metricOf(it, payload));
  const request = {
    resourceMetrics: [
      {
        resource: { attributes: Object.entries(resource).map(attributeOf) },
        scopeMetrics: [{ scope, metrics }],
      },
    ],
  };
  return Buffer.from(JSON.stringify(request));
}

function metricOf(metric: MetricSnapshot, payload: MetricsPayload): object {
  const { definition } = metric;
  const head = {
    name: wellFormed(otelName(definition)),
    description: wellFormed(definition.help),
    unit: wellFormed(otelUnit(definition)),
  };
  const isExp = isExponential(metric, payload.encoding);
  const dataPoints = metric.blocks.flatMap((it) => pointsOf(it, definition, { payload, isExp }));
  const aggregationTemporality = temporalityCodes[payload.encoding.temporality];
  switch (definition.type) {
    case 'gauge':
      return { ...head, gauge: { dataPoints } };
    case 'counter':
      return { ...head, sum: { dataPoints, aggregationTemporality, isMonotonic: true } };
    case 'histogram': {
      const kind = isExp ? 'exponentialHistogram' : 'histogram';
      return { ...head, [kind]: { dataPoints, aggregationTemporality } };
    }
  }
}

function pointsOf(
  block: SeriesBlock,
  definition: MetricDefinition,
  { payload, isExp }: { readonly payload: MetricsPayload; readonly isExp: boolean },
): readonly object[] {
  const endMs = block.endedAtMs ?? payload.snapshot.takenAtMs;
  const timeUnixNano = nanosOf(endMs);
  const { type } = definition;
  const names = attributeNamesOf(definition, block);
  return block.labelSets.map((values, series) => {
    const startMs = startMsOf(block, series, { sinceMs: payload.encoding.sinceMs, endMs });
    const point = {
      attributes: labelsOf(names, values),
      startTimeUnixNano: nanosOf(startMs),
      timeUnixNano,
    };
    if (type !== 'histogram') return { ...point, asDouble: double(block.values[series]!) };
    const buckets = isExp ? exponentialBucketsOf(block, series) : explicitBucketsOf(block, series);
    const exemplars = exemplarsOf(block, series, startMs).map(exemplarOf);
    const sum = double(block.values[(series + 1) * block.stride - 1]!);
    const totals = { count: int64(countOf(block, series)), sum };
    return { ...point, ...totals, ...buckets, ...(exemplars.length > 0 && { exemplars }) };
  });
}

function explicitBucketsOf({ values, stride, bounds }: SeriesBlock, series: number): object {
  const counts = values.subarray(series * stride, (series + 1) * stride - 1);
  return { bucketCounts: Array.from(counts, int64), explicitBounds: bounds };
}

function exponentialBucketsOf({ exponential }: SeriesBlock, series: number): object {
  const { scale, zeroCount, positive, negative } = exponential![series]!;
  const bucketsOf = ({ offset, counts }: ExponentialBuckets) => ({
    offset,
    bucketCounts: Array.from(counts, int64),
  });
  return {
    scale,
    zeroCount: int64(zeroCount),
    positive: bucketsOf(positive),
    negative: bucketsOf(negative),
  };
}

function exemplarOf({ value, atMs, traceId, spanId }: Exemplar): object {
  return { timeUnixNano: nanosOf(atMs), asDouble: double(value), spanId, traceId };
}

/** Returns labels as attributes without empty ones, which Prometheus treats as absent. */
function labelsOf(names: readonly string[], values: readonly string[]): readonly object[] {
  return names.flatMap((name, i) => (values[i] === '' ? [] : [attributeOf([name, values[i]!])]));
}

function attributeOf([key, value]: readonly [string, string | number | boolean]): object {
  return { key: wellFormed(key), value: anyValueOf(value) };
}

function anyValueOf(value: string | number | boolean): object {
  if (typeof value === 'string') return { stringValue: wellFormed(value) };
  if (typeof value === 'boolean') return { boolValue: value };
  return isInt64(value) ? { intValue: int64(value) } : { doubleValue: double(value) };
}

/** Encodes a double. JSON has no numbers for NaN and the infinities. */
function double(value: number): number | string {
  return Number.isFinite(value) ? value : `${value}`;
}

/** Encodes a 64-bit integer as a string. Above 2^53, only BigInt writes all digits. */
function int64(value: number): string {
  return Number.isSafeInteger(value) ? `${value}` : `${BigInt(value)}`;
}

/** Converts Unix time in milliseconds to nanoseconds. */
function nanosOf(unixMs: number): string {
  const seconds = Math.floor(unixMs / 1000);
  const nanos = Math.round((unixMs - seconds * 1000) * 1e6);
  return `${BigInt(seconds) * 1_000_000_000n + BigInt(nanos)}`;
}

/** Replaces lone surrogates, which have no UTF-8 encoding and which `JSON.stringify` would escape. */
function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed();
}
