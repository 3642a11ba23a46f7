import type { SeriesBlock } from '../../../metrics/snapshot/snapshot.js';
import { type PointTimes, startMsOf } from './otlp-points.format.js';
import { ProtobufWriter, varintSize } from '../../../otlp/protobuf-writer.js';
import { UnixNanos } from './unix-nanos.js';

/** Bytes of an 8-byte field with its tag. */
const FIXED = 9;
const LOW_HALF = 2 ** 32;

/**
 * Encoded points of the series of a block. Constant parts are encoded once. Numbers take 8 bytes
 * each, so their offsets never change.
 */
export class PointCache {
  /** All points as of the last refresh. The buffer is reused, so the caller copies it. */
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  /** Offset of the tag of each point, and the end of the last point. */
  readonly #begins: Uint32Array;
  /** Offset of the fields of each point; their relative offsets are equal in all points. */
  readonly #fields: Uint32Array;
  readonly #startsMs: Float64Array;
  readonly #start = new UnixNanos();
  readonly #end = new UnixNanos();

  /** @param attributes - Attributes of each series, encoded as fields of the point. */
  constructor(block: SeriesBlock, attributes: readonly Uint8Array[]) {
    const fields = block.stride === 1 ? numberFields() : histogramFields(block);
    const writer = new ProtobufWriter(0);
    this.#begins = new Uint32Array(attributes.length + 1);
    this.#fields = new Uint32Array(attributes.length);
    this.#startsMs = new Float64Array(attributes.length).fill(Number.NaN);
    for (const [series, own] of attributes.entries()) {
      this.#begins[series] = writer.length;
      writer.begin(1, fields.length + own.length);
      this.#fields[series] = writer.length;
      writer.raw(fields);
      writer.raw(own);
    }
    this.#begins[attributes.length] = writer.length;
    this.bytes = writer.finish().slice();
    this.#view = new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
  }

  /** Returns the fields of one point. */
  fieldsOf(series: number): Uint8Array {
    return this.bytes.subarray(this.#fields[series], this.#begins[series + 1]);
  }

  /** Returns the encoded points from `first` up to `end`, exclusive. */
  between(first: number, end: number): Uint8Array {
    return this.bytes.subarray(this.#begins[first], this.#begins[end]);
  }

  /** Updates all numbers. */
  refresh(block: SeriesBlock, times: PointTimes): void {
    const view = this.#view;
    const end = this.#end.set(times.endMs);
    for (let series = 0; series < this.#fields.length; series++) {
      const at = this.#fields[series]!;
      const startMs = startMsOf(block, series, times);
      if (startMs !== this.#startsMs[series]) {
        this.#startsMs[series] = startMs;
        const start = this.#start.set(startMs);
        view.setUint32(at + 1, start.low, true);
        view.setUint32(at + 5, start.high, true);
      }
      view.setUint32(at + FIXED + 1, end.low, true);
      view.setUint32(at + FIXED + 5, end.high, true);
    }
    if (block.stride === 1) this.#refreshNumbers(block);
    else this.#refreshHistograms(block);
  }

  #refreshNumbers({ values }: SeriesBlock): void {
    for (let series = 0; series < this.#fields.length; series++) {
      this.#view.setFloat64(this.#fields[series]! + 2 * FIXED + 1, values[series]!, true);
    }
  }

  #refreshHistograms({ values, stride }: SeriesBlock): void {
    const view = this.#view;
    const countsAt = 4 * FIXED + 1 + varintSize((stride - 1) * 8);
    for (let series = 0; series < this.#fields.length; series++) {
      const from = series * stride;
      const at = this.#fields[series]!;
      let total = 0;
      let place = at + countsAt;
      for (let i = from; i < from + stride - 1; i++, place += 8) {
        const count = values[i]!;
        total += count;
        view.setUint32(place, count >>> 0, true);
        view.setUint32(place + 4, count / LOW_HALF, true);
      }
      view.setUint32(at + 2 * FIXED + 1, total >>> 0, true);
      view.setUint32(at + 2 * FIXED + 5, total / LOW_HALF, true);
      view.setFloat64(at + 3 * FIXED + 1, values[from + stride - 1]!, true);
    }
  }
}

/** Encodes start, end and value. */
function numberFields(): Uint8Array {
  const writer = new ProtobufWriter(3 * FIXED);
  writer.fixed64(2, 0, 0);
  writer.fixed64(3, 0, 0);
  writer.double(4, 0);
  return writer.finish();
}

/** Encodes start, end, count, sum, bucket counts and bounds. */
function histogramFields({ stride, bounds }: SeriesBlock): Uint8Array {
  const writer = new ProtobufWriter(64);
  writer.fixed64(2, 0, 0);
  writer.fixed64(3, 0, 0);
  writer.fixed64(4, 0, 0);
  writer.double(5, 0);
  writer.packedDoubles(
    6,
    Array.from({ length: stride - 1 }, () => 0),
  );
  if (bounds.length > 0) writer.packedDoubles(7, bounds);
  return writer.finish();
}

type LabelValues = readonly string[];

/**
 * Encoded labels of series, cached for the lifetime of the series: a series keeps the same array of
 * label values in all snapshots.
 */
export class AttributeCache {
  readonly #encode: (names: readonly string[], values: LabelValues) => Uint8Array;
  readonly #blocks = new WeakMap<SeriesBlock['labelSets'], readonly Uint8Array[]>();
  readonly #series = new WeakMap<LabelValues, Uint8Array>();

  /** @param encode - Omits empty labels, which Prometheus treats as absent. */
  constructor(encode: (names: readonly string[], values: LabelValues) => Uint8Array) {
    this.#encode = encode;
  }

  /** Returns the attributes of each series of a block. */
  of({ labelSets }: SeriesBlock, names: readonly string[]): readonly Uint8Array[] {
    const cached = this.#blocks.get(labelSets);
    if (cached !== undefined) return cached;
    const encoded = labelSets.map((values) => this.#ofSeries(values, names));
    this.#blocks.set(labelSets, encoded);
    return encoded;
  }

  #ofSeries(values: LabelValues, names: readonly string[]): Uint8Array {
    const cached = this.#series.get(values);
    if (cached !== undefined) return cached;
    const encoded = this.#encode(names, values);
    this.#series.set(values, encoded);
    return encoded;
  }
}
