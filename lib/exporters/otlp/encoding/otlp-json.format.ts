import { libraryName, libraryVersion } from '../../../kernel/library.js';
import type { ExponentialBuckets } from '../../../metrics/snapshot/exponential-snapshot.js';
import type { MetricDefinition } from '../../../metrics/definition/metric-definition.js';
import type { MetricSnapshot, SeriesBlock } from '../../../metrics/snapshot/snapshot.js';
import {
  formatAttribute,
  formatCount,
  formatDouble,
  formatExemplars,
  formatPointHead,
  quote,
} from './json-values.format.js';
import { AttributeCache } from './attribute-cache.js';
import { JsonPointCache } from './json-point-cache.js';
import { otelName, otelUnit } from './otel-names.format.js';
import type { ResourceAttributes } from '../reader/otel-resource.js';
import type { MetricsPayload, OtlpEncoder } from './otlp-encoder.js';
import {
  countOf,
  exemplarsOf,
  hasSeries,
  isExponential,
  type PointTimes,
  startMsOf,
  temporalityCodes,
} from './otlp-points.format.js';
import { TextWriter } from './text-writer.js';
import { UnixNanos } from './unix-nanos.js';

/**
 * Requests of OTLP in JSON, by the mapping of protobuf: whole numbers of 64 bits are texts, and so are doubles that JSON
 * has no number for; ids are hexadecimal. https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export class OtlpJson implements OtlpEncoder {
  readonly #head: string;
  readonly #attributes = new AttributeCache(formatPointHead);
  readonly #points = new WeakMap<SeriesBlock['labelSets'], JsonPointCache>();
  readonly #start = new UnixNanos();
  readonly #end = new UnixNanos();
  #writer = new TextWriter(0);
  #lastBytes = 0;

  constructor(resource: ResourceAttributes) {
    const attributes = Object.entries(resource).map(formatAttribute).join();
    const scope = `{"name":${quote(libraryName)},"version":${quote(libraryVersion)}}`;
    this.#head = `{"resourceMetrics":[{"resource":{"attributes":[${attributes}]},"scopeMetrics":[{"scope":${scope},"metrics":[`;
  }

  /** {@inheritDoc OtlpEncoder.encode} */
  encode(payload: MetricsPayload): Uint8Array {
    const writer = (this.#writer = new TextWriter(this.#lastBytes + (this.#lastBytes >> 4)));
    writer.text(this.#head);
    for (const [i, metric] of payload.snapshot.metrics.filter(hasSeries).entries()) {
      if (i > 0) writer.ascii(',');
      this.#writeMetric(metric, payload);
    }
    writer.ascii(']}]}]}');
    const bytes = writer.finish();
    this.#lastBytes = bytes.length;
    this.#writer = new TextWriter(0);
    return bytes;
  }

  #writeMetric(metric: MetricSnapshot, { snapshot, expression }: MetricsPayload): void {
    const writer = this.#writer;
    const { definition, blocks } = metric;
    const isExp = isExponential(metric, expression);
    const kind = isExp ? 'exponentialHistogram' : kinds[definition.type];
    writer.text(`${formatHead(definition)},"${kind}":{"dataPoints":[`);
    for (const block of blocks) {
      const times = { sinceMs: expression.sinceMs, endMs: block.endedAtMs ?? snapshot.takenAtMs };
      const attributes = this.#attributes.of(block, definition.labels ?? []);
      if (isExp) this.#writeExponentials(block, attributes, times);
      else this.#writeKept(block, attributes, times);
    }
    // The comma behind the last point.
    writer.dropLast();
    const temporality = `,"aggregationTemporality":${temporalityCodes[expression.temporality]}`;
    const monotonic = definition.type === 'counter' ? ',"isMonotonic":true' : '';
    writer.ascii(`]${definition.type === 'gauge' ? '' : temporality}${monotonic}}}`);
  }

  #writeKept(block: SeriesBlock, attributes: readonly string[], times: PointTimes): void {
    const { labelSets } = block;
    const kept = this.#points.get(labelSets) ?? new JsonPointCache(block, attributes);
    // Were it to fail half-way, its numbers would no longer be those of its text.
    this.#points.delete(labelSets);
    kept.writeTo(this.#writer, block, times);
    this.#points.set(labelSets, kept);
  }

  #writeExponentials(block: SeriesBlock, attributes: readonly string[], times: PointTimes): void {
    const end = this.#end.set(times.endMs).text;
    for (const [series, own] of attributes.entries()) {
      const startMs = startMsOf(block, series, times);
      const start = this.#start.set(startMs).text;
      const exemplars = formatExemplars(exemplarsOf(block, series, startMs));
      this.#writer.text(`${own}"startTimeUnixNano":"${start}","timeUnixNano":"${end}",`);
      this.#writer.ascii(`${formatExponential(block, series)}${exemplars}},`);
    }
  }
}

const kinds = { gauge: 'gauge', counter: 'sum', histogram: 'histogram' } as const;

function formatExponential(block: SeriesBlock, series: number): string {
  const { scale, zeroCount, positive, negative } = block.exponential![series]!;
  const sum = block.values[(series + 1) * block.stride - 1]!;
  const totals = `"count":"${formatCount(countOf(block, series))}","sum":${formatDouble(sum)}`;
  const buckets = `"positive":${formatBuckets(positive)},"negative":${formatBuckets(negative)}`;
  return `${totals},"scale":${scale},"zeroCount":"${formatCount(zeroCount)}",${buckets}`;
}

function formatBuckets({ offset, counts }: ExponentialBuckets): string {
  return `{"offset":${offset},"bucketCounts":[${Array.from(counts, (it) => `"${formatCount(it)}"`).join()}]}`;
}

function formatHead(definition: MetricDefinition): string {
  const { help } = definition;
  return `{"name":${quote(otelName(definition))},"description":${quote(help)},"unit":${quote(otelUnit(definition))}`;
}
