import type { Attributes, HrTime, ValueType } from '@opentelemetry/api';
import type {
  AggregationTemporality,
  DataPoint,
  DataPointType,
  Histogram,
  MetricData,
} from '@opentelemetry/sdk-metrics';
import type { MetricDefinition } from '../../metrics/metric-definition.js';
import type { MetricSnapshot, RegistrySnapshot, SeriesBlock } from '../../metrics/snapshot.js';
import { otelName, otelUnit } from './otel-names.format.js';

// The SDK's enumerations, as values: its package is imported nowhere.
const DELTA = 0 as AggregationTemporality;
const CUMULATIVE = 1 as AggregationTemporality;
const HISTOGRAM = 0 as DataPointType.HISTOGRAM;
const GAUGE = 2 as DataPointType.GAUGE;
const SUM = 3 as DataPointType.SUM;
const DOUBLE = 1 as ValueType;

/** How values are expressed. */
export interface Expression {
  /** `delta`: the snapshot holds differences. */
  readonly temporality: Temporality;
  /** When the snapshot's counting began: Unix time in milliseconds. */
  readonly sinceMs: number;
}

/** Whether counts are told since the start of the application, or since the export before. */
export type Temporality = 'cumulative' | 'delta';

/** Every metric of a snapshot in the data model of OpenTelemetry; one without series is left out. */
export function formatMetrics(snapshot: RegistrySnapshot, expression: Expression): MetricData[] {
  const points = new Points(snapshot, expression.sinceMs);
  return snapshot.metrics
    .filter(({ blocks }) => blocks.some(({ labelSets }) => labelSets.length > 0))
    .map((metric) => formatMetric(metric, points, expression.temporality));
}

function formatMetric(
  { definition, blocks }: MetricSnapshot,
  points: Points,
  temporality: Temporality,
): MetricData {
  const descriptor = {
    name: otelName(definition),
    description: definition.help,
    unit: otelUnit(definition),
    valueType: DOUBLE,
  };
  const aggregationTemporality = temporality === 'delta' ? DELTA : CUMULATIVE;
  const each = <T>(read: (block: SeriesBlock, series: number) => T): DataPoint<T>[] =>
    blocks.flatMap((block) => points.of(definition, block, (i) => read(block, i)));
  switch (definition.type) {
    case 'counter': {
      const dataPointType = SUM;
      return {
        descriptor,
        aggregationTemporality,
        dataPointType,
        dataPoints: each(numberOf),
        isMonotonic: true,
      };
    }
    case 'gauge': {
      const dataPointType = GAUGE;
      return {
        descriptor,
        aggregationTemporality: CUMULATIVE,
        dataPointType,
        dataPoints: each(numberOf),
      };
    }
    case 'histogram': {
      const dataPointType = HISTOGRAM;
      return { descriptor, aggregationTemporality, dataPointType, dataPoints: each(histogramOf) };
    }
  }
}

/** Makes the points of one snapshot. */
class Points {
  readonly #endMs: number;
  readonly #endTime: HrTime;
  readonly #sinceMs: number;

  constructor({ takenAtMs }: RegistrySnapshot, sinceMs: number) {
    this.#endMs = takenAtMs;
    this.#endTime = hrTime(takenAtMs);
    this.#sinceMs = sinceMs;
  }

  of<T>(
    { labels = [] }: MetricDefinition,
    block: SeriesBlock,
    read: (series: number) => T,
  ): DataPoint<T>[] {
    return block.labelSets.map((values, series) => ({
      startTime: this.#startTime(block.createdAtMs[series]),
      endTime: this.#endTime,
      attributes: attributesOf(labels, values),
      value: read(series),
    }));
  }

  /** A wall clock that was set back must not put the start after the end. */
  #startTime(createdAtMs = this.#sinceMs): HrTime {
    return hrTime(Math.min(Math.max(createdAtMs, this.#sinceMs), this.#endMs));
  }
}

function attributesOf(names: readonly string[], values: readonly string[]): Attributes {
  const attributes: Attributes = {};
  names.forEach((name, i) => {
    // To Prometheus an empty label is none.
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

function hrTime(unixMs: number): HrTime {
  const seconds = Math.floor(unixMs / 1000);
  return [seconds, Math.round((unixMs - seconds * 1000) * 1e6)];
}
