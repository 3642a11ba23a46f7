import type { Attributes, HrTime, ValueType } from '@opentelemetry/api';
import type {
  AggregationTemporality,
  DataPoint,
  DataPointType,
  ExponentialHistogram,
  Histogram,
  MetricData,
} from '@opentelemetry/sdk-metrics';
import type { ExponentialBuckets } from '../../../metrics/snapshot/exponential-snapshot.js';
import type { MetricDefinition } from '../../../metrics/definition/metric-definition.js';
import {
  type MetricSnapshot,
  type RegistrySnapshot,
  type SeriesBlock,
} from '../../../metrics/snapshot/snapshot.js';
import type { MetricEncoding } from '../encoding/metric-encoding.js';
import { hasSeries, isExponential, startMsOf } from '../encoding/otlp-points.format.js';
import { attributeNamesOf, otelName, otelUnit } from '../encoding/otel-names.format.js';

// Enumeration values of the SDK, whose package is never imported.
const DELTA = 0 as AggregationTemporality;
const CUMULATIVE = 1 as AggregationTemporality;
const HISTOGRAM = 0 as DataPointType.HISTOGRAM;
const EXPONENTIAL = 1 as DataPointType.EXPONENTIAL_HISTOGRAM;
const GAUGE = 2 as DataPointType.GAUGE;
const SUM = 3 as DataPointType.SUM;
const DOUBLE = 1 as ValueType;

/** Converts every metric of a snapshot that has series to the data model of OpenTelemetry. */
export function formatMetrics(snapshot: RegistrySnapshot, encoding: MetricEncoding): MetricData[] {
  const points = new Points(snapshot, encoding.sinceMs);
  return snapshot.metrics.filter(hasSeries).map((metric) => formatMetric(metric, points, encoding));
}

function formatMetric(
  metric: MetricSnapshot,
  points: Points,
  encoding: MetricEncoding,
): MetricData {
  const { definition, blocks } = metric;
  const aggregationTemporality = encoding.temporality === 'delta' ? DELTA : CUMULATIVE;
  const descriptor = descriptorOf(definition);
  const each = <T>(read: (block: SeriesBlock, series: number) => T): DataPoint<T>[] =>
    blocks.flatMap((block) => points.of(definition, block, (i) => read(block, i)));
  if (definition.type === 'counter') {
    const sum = { dataPointType: SUM, dataPoints: each(numberOf), isMonotonic: true } as const;
    return { descriptor, aggregationTemporality, ...sum };
  }
  if (definition.type === 'gauge') {
    const gauge = { dataPointType: GAUGE, dataPoints: each(numberOf) } as const;
    return { descriptor, aggregationTemporality: CUMULATIVE, ...gauge };
  }
  if (isExponential(metric, encoding)) {
    const exponential = { dataPointType: EXPONENTIAL, dataPoints: each(exponentialOf) } as const;
    return { descriptor, aggregationTemporality, ...exponential };
  }
  const histogram = { dataPointType: HISTOGRAM, dataPoints: each(histogramOf) } as const;
  return { descriptor, aggregationTemporality, ...histogram };
}

function descriptorOf(definition: MetricDefinition): MetricData['descriptor'] {
  return {
    name: otelName(definition),
    description: definition.help,
    unit: otelUnit(definition),
    valueType: DOUBLE,
  };
}

/** Converts the points of one snapshot. */
class Points {
  readonly #takenAtMs: number;
  readonly #sinceMs: number;

  constructor({ takenAtMs }: RegistrySnapshot, sinceMs: number) {
    this.#takenAtMs = takenAtMs;
    this.#sinceMs = sinceMs;
  }

  of<T>(
    definition: MetricDefinition,
    block: SeriesBlock,
    read: (series: number) => T,
  ): DataPoint<T>[] {
    const endMs = block.endedAtMs ?? this.#takenAtMs;
    const times = { sinceMs: this.#sinceMs, endMs };
    const endTime = hrTime(endMs);
    const names = attributeNamesOf(definition, block);
    return block.labelSets.map((values, series) => ({
      startTime: hrTime(startMsOf(block, series, times)),
      endTime,
      attributes: attributesOf(names, values),
      value: read(series),
    }));
  }
}

function attributesOf(names: readonly string[], values: readonly string[]): Attributes {
  const attributes: Attributes = {};
  names.forEach((name, i) => {
    // An empty label equals a missing one in Prometheus.
    if (values[i] !== '') attributes[name] = values[i];
  });
  return attributes;
}

function numberOf({ values, stride }: SeriesBlock, series: number): number {
  return values[series * stride] as number;
}

function histogramOf({ values, stride, bounds }: SeriesBlock, series: number): Histogram {
  const offset = series * stride;
  const counts = Array.from(values.subarray(offset, offset + stride - 1));
  const sum = values[offset + stride - 1] as number;
  const count = counts.reduce((total, it) => total + it, 0);
  return { buckets: { boundaries: [...bounds], counts }, sum, count };
}

function exponentialOf(block: SeriesBlock, series: number): ExponentialHistogram {
  const { sum, count } = histogramOf(block, series);
  const { scale, zeroCount, positive, negative } = block.exponential![series]!;
  const buckets = ({ offset, counts }: ExponentialBuckets) => ({
    offset,
    bucketCounts: [...counts],
  });
  return {
    count,
    sum: sum!,
    scale,
    zeroCount,
    positive: buckets(positive),
    negative: buckets(negative),
  };
}

function hrTime(unixMs: number): HrTime {
  const seconds = Math.floor(unixMs / 1000);
  return [seconds, Math.round((unixMs - seconds * 1000) * 1e6)];
}
