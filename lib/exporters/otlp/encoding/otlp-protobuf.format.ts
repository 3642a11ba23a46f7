import { libraryName, libraryVersion } from '../../../kernel/library.js';
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
  type PointTimes,
  startMsOf,
  temporalityCodes,
} from './otlp-points.format.js';
import { AttributeCache, PointCache } from './point-cache.js';
import { ProtobufWriter } from '../../../otlp/protobuf-writer.js';
import { UnixNanos } from './unix-nanos.js';

// Bytes of a fixed-size field with its tag, and of a whole exemplar with its tag.
const FIXED = 9;
const EXEMPLAR = 48;

/**
 * Encodes OTLP requests as protobuf directly from the columns of a snapshot. Source of the field
 * numbers:
 * https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/metrics/v1/metrics.proto
 */
export class OtlpProtobuf {
  readonly #resource: Uint8Array;
  readonly #numbers = attributeCache(7);
  readonly #histograms = attributeCache(9);
  readonly #exponentials = attributeCache(1);
  readonly #points = new WeakMap<SeriesBlock['labelSets'], PointCache>();
  readonly #start = new UnixNanos();
  readonly #end = new UnixNanos();
  readonly #at = new UnixNanos();
  #writer = new ProtobufWriter(0);
  #lastBytes = 0;

  constructor(resource: ResourceAttributes) {
    this.#resource = encodeResource(resource);
  }

  /** Encodes every metric of a snapshot that has series. */
  encode(payload: MetricsPayload): Uint8Array {
    const writer = (this.#writer = new ProtobufWriter(this.#lastBytes + (this.#lastBytes >> 4)));
    writer.message(1, () => {
      writer.raw(this.#resource);
      writer.message(2, () => {
        writer.message(1, () => {
          writer.text(1, libraryName);
          writer.text(2, libraryVersion);
        });
        for (const metric of payload.snapshot.metrics) {
          if (hasSeries(metric)) writer.message(2, () => this.#writeMetric(metric, payload));
        }
      });
    });
    const bytes = writer.finish();
    this.#lastBytes = bytes.length;
    this.#writer = new ProtobufWriter(0);
    return bytes;
  }

  #writeMetric(metric: MetricSnapshot, payload: MetricsPayload): void {
    const writer = this.#writer;
    const { definition } = metric;
    const unit = otelUnit(definition);
    writer.text(1, otelName(definition));
    if (definition.help !== '') writer.text(2, definition.help);
    if (unit !== '') writer.text(3, unit);
    const temporality = temporalityCodes[payload.encoding.temporality];
    switch (definition.type) {
      case 'gauge':
        writer.message(5, () => this.#writePoints(metric, payload));
        break;
      case 'counter':
        writer.message(7, () => {
          this.#writePoints(metric, payload);
          writer.varint(2, temporality);
          writer.varint(3, 1);
        });
        break;
      case 'histogram':
        writer.message(isExponential(metric, payload.encoding) ? 10 : 9, () => {
          this.#writePoints(metric, payload);
          writer.varint(2, temporality);
        });
    }
  }

  #writePoints(metric: MetricSnapshot, { snapshot, encoding }: MetricsPayload): void {
    const isExponentialMetric = isExponential(metric, encoding);
    for (const block of metric.blocks) {
      const names = attributeNamesOf(metric.definition, block);
      const endMs = block.endedAtMs ?? snapshot.takenAtMs;
      const times = { sinceMs: encoding.sinceMs, endMs };
      this.#end.set(endMs);
      if (isExponentialMetric) this.#writeExponentials(block, names, times);
      else {
        const attributes = block.stride === 1 ? this.#numbers : this.#histograms;
        this.#writeCached(block, attributes.of(block, names), times);
      }
    }
  }

  #writeCached(block: SeriesBlock, attributes: readonly Uint8Array[], times: PointTimes): void {
    const writer = this.#writer;
    let cache = this.#points.get(block.labelSets);
    if (cache === undefined)
      this.#points.set(block.labelSets, (cache = new PointCache(block, attributes)));
    cache.refresh(block, times);
    let copied = 0;
    const count = block.exemplars === undefined ? 0 : attributes.length;
    for (let series = 0; series < count; series++) {
      const exemplars = exemplarsOf(block, series, startMsOf(block, series, times));
      if (exemplars.length === 0) continue;
      writer.raw(cache.between(copied, series));
      const fields = cache.fieldsOf(series);
      writer.begin(1, fields.length + exemplars.length * EXEMPLAR);
      writer.raw(fields);
      this.#writeExemplars(8, exemplars);
      copied = series + 1;
    }
    writer.raw(cache.between(copied, attributes.length));
  }

  #writeExponentials(block: SeriesBlock, names: readonly string[], times: PointTimes): void {
    const writer = this.#writer;
    const attributes = this.#exponentials.of(block, names);
    const { values, stride, exponential = [] } = block;
    for (const [series, { scale, zeroCount, positive, negative }] of exponential.entries()) {
      const startMs = startMsOf(block, series, times);
      writer.message(1, () => {
        writer.raw(attributes[series]!);
        writer.reserve(5 * FIXED);
        const start = this.#start.set(startMs);
        writer.fixed64(2, start.low, start.high);
        writer.fixed64(3, this.#end.low, this.#end.high);
        writer.count(4, countOf(block, series));
        writer.double(5, values[series * stride + stride - 1]!);
        writer.count(7, zeroCount);
        writer.zigzag(6, scale);
        writer.message(8, () => this.#writeBuckets(positive));
        writer.message(9, () => this.#writeBuckets(negative));
        this.#writeExemplars(11, exemplarsOf(block, series, startMs));
      });
    }
  }

  #writeBuckets({ offset, counts }: ExponentialBuckets): void {
    if (counts.length === 0) return;
    this.#writer.zigzag(1, offset);
    this.#writer.packedVarints(2, counts);
  }

  #writeExemplars(field: number, exemplars: readonly Exemplar[]): void {
    const writer = this.#writer;
    for (const { value, atMs, traceId, spanId } of exemplars) {
      const at = this.#at.set(atMs);
      writer.begin(field, EXEMPLAR - 2);
      writer.fixed64(2, at.low, at.high);
      writer.double(3, value);
      writer.hex(4, spanId);
      writer.hex(5, traceId);
    }
  }
}

/** Caches labels as attributes in the field with that number. */
function attributeCache(field: number): AttributeCache {
  const writer = new ProtobufWriter(256);
  return new AttributeCache((names, values) => {
    for (const [i, name] of names.entries()) {
      const value = values[i] ?? '';
      if (value !== '') writeAttribute(writer, field, [name, value]);
    }
    return writer.take();
  });
}

function encodeResource(attributes: ResourceAttributes): Uint8Array {
  const writer = new ProtobufWriter(256);
  writer.message(1, () => {
    for (const attribute of Object.entries(attributes)) writeAttribute(writer, 1, attribute);
  });
  return writer.finish();
}

function writeAttribute(
  writer: ProtobufWriter,
  field: number,
  [name, value]: readonly [string, string | number | boolean],
): void {
  writer.message(field, () => {
    writer.text(1, name);
    writer.message(2, () => {
      if (typeof value === 'string') writer.text(1, value);
      else if (typeof value === 'boolean') writer.varint(2, value ? 1 : 0);
      else if (isInt64(value)) writer.int64(3, BigInt(value));
      else {
        writer.reserve(FIXED);
        writer.double(4, value);
      }
    });
  });
}
