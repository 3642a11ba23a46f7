import { libraryName, libraryVersion } from '../../kernel/library.js';
import type { Exemplar } from '../../metrics/exemplar.js';
import type { ExponentialBuckets } from '../../metrics/exponential-snapshot.js';
import type { MetricDefinition } from '../../metrics/metric-definition.js';
import type { MetricSnapshot, SeriesBlock } from '../../metrics/snapshot.js';
import { KeptAttributes } from './kept-attributes.js';
import { otelName, otelUnit } from './otel-names.format.js';
import type { ResourceAttributes } from './otel-resource.js';
import type { MetricsPayload, OtlpEncoder } from './otlp-encoder.js';
import {
  countOf,
  exemplarsOf,
  hasSeries,
  isExponential,
  isInt64,
  startMsOf,
  temporalityCodes,
} from './otlp-points.format.js';
import { UnixNanos } from './unix-nanos.js';

/**
 * Requests of OTLP in JSON, by the mapping of protobuf: whole numbers of 64 bits are texts, and so are doubles that JSON
 * has no number for; ids are hexadecimal. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export class OtlpJson implements OtlpEncoder {
  readonly #head: string;
  readonly #attributes = new KeptAttributes(formatLabels);
  readonly #start = new UnixNanos();
  readonly #end = new UnixNanos();
  readonly #at = new UnixNanos();

  constructor(resource: ResourceAttributes) {
    const attributes = Object.entries(resource).map(formatAttribute).join();
    const scope = `{"name":${quote(libraryName)},"version":${quote(libraryVersion)}}`;
    this.#head = `{"resourceMetrics":[{"resource":{"attributes":[${attributes}]},"scopeMetrics":[{"scope":${scope},"metrics":[`;
  }

  /** {@inheritDoc OtlpEncoder.encode} */
  encode(payload: MetricsPayload): Uint8Array {
    const metrics = payload.snapshot.metrics.filter(hasSeries);
    const text = metrics.map((it) => this.#formatMetric(it, payload)).join();
    return Buffer.from(`${this.#head}${text}]}]}]}`);
  }

  #formatMetric(metric: MetricSnapshot, payload: MetricsPayload): string {
    const points = this.#formatPoints(metric, payload);
    const head = formatHead(metric.definition);
    const temporality = `"aggregationTemporality":${temporalityCodes[payload.expression.temporality]}`;
    switch (metric.definition.type) {
      case 'gauge':
        return `${head},"gauge":{"dataPoints":[${points}]}}`;
      case 'counter':
        return `${head},"sum":{"dataPoints":[${points}],${temporality},"isMonotonic":true}}`;
      case 'histogram': {
        const isExp = isExponential(metric, payload.expression);
        const kind = isExp ? 'exponentialHistogram' : 'histogram';
        return `${head},"${kind}":{"dataPoints":[${points}],${temporality}}}`;
      }
    }
  }

  #formatPoints(metric: MetricSnapshot, { snapshot, expression }: MetricsPayload): string {
    const names = metric.definition.labels ?? [];
    const isExp = isExponential(metric, expression);
    let points = '';
    for (const block of metric.blocks) {
      const endMs = block.endedAtMs ?? snapshot.takenAtMs;
      const end = this.#end.set(endMs).text;
      const attributes = this.#attributes.of(block, names);
      const format = formatOf(block, isExp);
      for (let series = 0; series < attributes.length; series++) {
        const startMs = startMsOf(block, series, { sinceMs: expression.sinceMs, endMs });
        const start = this.#start.set(startMs).text;
        const separator = points === '' ? '' : ',';
        points += `${separator}{${attributes[series]}"startTimeUnixNano":"${start}","timeUnixNano":"${end}",`;
        points += `${format(block, series)}${this.#formatExemplars(block, series, startMs)}}`;
      }
    }
    return points;
  }

  #formatExemplars(block: SeriesBlock, series: number, startMs: number): string {
    const exemplars = exemplarsOf(block, series, startMs);
    if (exemplars.length === 0) return '';
    return `,"exemplars":[${exemplars.map((it) => this.#formatExemplar(it)).join()}]`;
  }

  #formatExemplar({ value, atMs, traceId, spanId }: Exemplar): string {
    const at = this.#at.set(atMs).text;
    const ids = `"spanId":"${spanId}","traceId":"${traceId}"`;
    return `{"timeUnixNano":"${at}","asDouble":${formatDouble(value)},${ids}}`;
  }
}

type FormatValue = (block: SeriesBlock, series: number) => string;

function formatOf({ stride }: SeriesBlock, isExponentialMetric: boolean): FormatValue {
  if (stride === 1) return formatNumber;
  return isExponentialMetric ? formatExponential : formatHistogram;
}

function formatNumber({ values }: SeriesBlock, series: number): string {
  return `"asDouble":${formatDouble(values[series]!)}`;
}

function formatHistogram(block: SeriesBlock, series: number): string {
  const { values, stride, bounds } = block;
  const from = series * stride;
  let counts = '';
  for (let i = from; i < from + stride - 1; i++) {
    counts += i === from ? formatCount(values[i]!) : `,${formatCount(values[i]!)}`;
  }
  return `${formatTotals(block, series)},"bucketCounts":[${counts}],"explicitBounds":[${bounds.join()}]`;
}

function formatExponential(block: SeriesBlock, series: number): string {
  const { scale, zeroCount, positive, negative } = block.exponential![series]!;
  const buckets = `"positive":${formatBuckets(positive)},"negative":${formatBuckets(negative)}`;
  return `${formatTotals(block, series)},"scale":${scale},"zeroCount":${formatCount(zeroCount)},${buckets}`;
}

function formatBuckets({ offset, counts }: ExponentialBuckets): string {
  return `{"offset":${offset},"bucketCounts":[${Array.from(counts, formatCount).join()}]}`;
}

function formatTotals(block: SeriesBlock, series: number): string {
  const sum = block.values[(series + 1) * block.stride - 1]!;
  return `"count":${formatCount(countOf(block, series))},"sum":${formatDouble(sum)}`;
}

function formatHead(definition: MetricDefinition): string {
  const { help } = definition;
  return `{"name":${quote(otelName(definition))},"description":${quote(help)},"unit":${quote(otelUnit(definition))}`;
}

function formatLabels(names: readonly string[], values: readonly string[]): string {
  const pairs = names.flatMap((name, i) =>
    values[i] === '' ? [] : [formatAttribute([name, values[i]!])],
  );
  return `"attributes":[${pairs.join()}],`;
}

function formatAttribute([key, value]: readonly [string, string | number | boolean]): string {
  return `{"key":${quote(key)},"value":{${formatAny(value)}}}`;
}

function formatAny(value: string | number | boolean): string {
  if (typeof value === 'string') return `"stringValue":${quote(value)}`;
  if (typeof value === 'boolean') return `"boolValue":${value}`;
  return isInt64(value) ? `"intValue":"${BigInt(value)}"` : `"doubleValue":${formatDouble(value)}`;
}

function formatDouble(value: number): string {
  return Number.isFinite(value) ? `${value}` : `"${value}"`;
}

/** The digits of a large number would not be its own. */
function formatCount(value: number): string {
  return Number.isSafeInteger(value) ? `"${value}"` : `"${BigInt(value)}"`;
}

/** JSON text in UTF-8, which has no lone surrogates. */
function quote(text: string): string {
  return JSON.stringify(text.isWellFormed() ? text : text.toWellFormed());
}
