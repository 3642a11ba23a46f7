import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { crc32, deflateRaw, inflateRaw } from 'node:zlib';
import type { Chunk, ChunkSummary, Family, Segment } from './chunk.js';
import { ByteReader, ByteWriter, readColumn, writeColumn } from './column.format.js';
import { DecodedSegment } from './decoded-segment.js';

const MAGIC = 0x31484345; // "ECH1"
const MAGIC_AT = 0;
const CRC_AT = 4;
const LENGTH_AT = 8;
const TIER_AT = 12;
const RUN_AT = 16;
const FROM_AT = 24;
const TO_AT = 32;
const SAMPLES_AT = 40;
/** Bytes of a chunk that contain its facts. */
export const HEAD_BYTES = 48;
const MOST_INFLATED = 2 ** 28;
const SLICE_MS = 2;
const COLUMNS_PER_LOOK = 16;

const deflate = promisify(deflateRaw);
const inflate = promisify(inflateRaw);

/** Bytes that are no whole chunk. */
export class ChunkDamaged extends Error {
  override readonly name = 'ChunkDamaged';
}

interface EncodedFamily extends Family {
  /** Label values of each series that a segment of the family has. */
  readonly series: (readonly string[])[];
}

/** Family, first tick, ticks, ranges of series (first, count, …) and bytes of a segment. */
type EncodedSegment = [number, number, number, number[], number];

interface Directory {
  readonly ticks: number;
  readonly families: EncodedFamily[];
  readonly segments: EncodedSegment[];
}

/** Encodes a chunk for memory and disk, in slices of about two milliseconds. */
export async function encodeChunk(chunk: Chunk, summary: ChunkSummary): Promise<Buffer> {
  const families = new FamilyTable();
  const columns = new ByteWriter();
  const pace = new Pace();
  writeColumn(columns, chunk.times);
  const segments: EncodedSegment[] = [];
  for (const it of chunk.segments) {
    const [family, ranges] = families.place(it);
    const before = columns.length;
    await writeSegment(columns, it, pace);
    segments.push([family, it.from, it.rows, ranges, columns.length - before]);
    if (pace.isOver) await pace.rest();
  }
  const directory = { ticks: chunk.times.length, families: families.list, segments };
  const text = Buffer.from(JSON.stringify(directory satisfies Directory));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  await pace.rest();
  const body = await deflate(Buffer.concat([length, text, columns.written()]));
  return withHeader(body, summary);
}

/** Share of the event loop that encoding takes. */
class Pace {
  #sinceMs = performance.now();

  get isOver(): boolean {
    return performance.now() - this.#sinceMs > SLICE_MS;
  }

  async rest(): Promise<void> {
    await setImmediate();
    this.#sinceMs = performance.now();
  }
}

async function writeSegment(writer: ByteWriter, segment: Segment, pace: Pace): Promise<void> {
  const { rows: count, labelSets, family } = segment;
  const columns = labelSets.length * family.stride;
  const values = new Float64Array(count);
  const bytes = new ByteWriter();
  const lengths = new ByteWriter();
  for (let column = 0; column < columns; column++) {
    const before = bytes.length;
    values.fill(-0);
    segment.addTo(values, column, { row: 0, count, at: 0 });
    writeColumn(bytes, values);
    lengths.unsigned(bytes.length - before);
    if (column % COLUMNS_PER_LOOK === 0 && pace.isOver) await pace.rest();
  }
  for (const it of [lengths, bytes]) {
    writer.reserve(it.length).set(it.written(), writer.length);
    writer.length += it.length;
  }
}

/** Families and their series, each written once. */
class FamilyTable {
  readonly list: EncodedFamily[] = [];
  readonly #places = new Map<string, number>();
  readonly #series: Map<readonly string[], number>[] = [];

  place({ family, labelSets }: Segment): [family: number, ranges: number[]] {
    const key = familyKey(family);
    const at = this.#places.get(key) ?? this.list.length;
    if (at === this.list.length) {
      this.#places.set(key, at);
      this.list.push({ ...family, series: [] });
      this.#series.push(new Map());
    }
    return [at, this.#rangesOf(labelSets, at)];
  }

  #rangesOf(labelSets: Segment['labelSets'], family: number): number[] {
    const known = this.#series[family]!;
    const ranges: number[] = [];
    for (const labels of labelSets) {
      let series = known.get(labels);
      if (series === undefined) {
        series = known.size;
        known.set(labels, series);
        this.list[family]!.series.push(labels);
      }
      const end = ranges.length > 0 ? ranges.at(-2)! + ranges.at(-1)! : -1;
      if (series === end) ranges[ranges.length - 1]!++;
      else ranges.push(series, 1);
    }
    return ranges;
  }
}

/** Returns a text that is equal for families of one name, kind and layout. */
function familyKey({ name, type, labels, bounds, stride }: Family): string {
  return JSON.stringify([name, type, labels, bounds, stride]);
}

function withHeader(body: Buffer, { tier, run, fromMs, toMs, samples }: ChunkSummary): Buffer {
  const bytes = Buffer.concat([Buffer.alloc(HEAD_BYTES), body]);
  bytes.writeUInt32LE(MAGIC, MAGIC_AT);
  bytes.writeUInt32LE(bytes.length, LENGTH_AT);
  bytes.writeUInt32LE(tier === 'full' ? 0 : 1, TIER_AT);
  bytes.writeDoubleLE(run, RUN_AT);
  bytes.writeDoubleLE(fromMs, FROM_AT);
  bytes.writeDoubleLE(toMs, TO_AT);
  bytes.writeDoubleLE(samples, SAMPLES_AT);
  bytes.writeUInt32LE(crc32(bytes.subarray(LENGTH_AT)), CRC_AT);
  return bytes;
}

/**
 * Returns the facts of an encoded chunk.
 *
 * @param head - First bytes of the chunk, {@link HEAD_BYTES} or more.
 * @param size - Number of bytes of the whole chunk.
 * @throws ChunkDamaged for a chunk that ends early. Other damage is noticed when the chunk is decoded.
 */
export function summaryOf(head: Buffer, size: number): ChunkSummary {
  const isWhole =
    head.length >= HEAD_BYTES &&
    head.readUInt32LE(MAGIC_AT) === MAGIC &&
    head.readUInt32LE(LENGTH_AT) === size;
  if (!isWhole) throw new ChunkDamaged('a chunk of the metric history is incomplete');
  return {
    tier: head.readUInt32LE(TIER_AT) === 0 ? 'full' : 'rollup',
    run: head.readDoubleLE(RUN_AT),
    fromMs: head.readDoubleLE(FROM_AT),
    toMs: head.readDoubleLE(TO_AT),
    samples: head.readDoubleLE(SAMPLES_AT),
  };
}

/** Chunk read from bytes, and its size in memory. */
export interface DecodedChunk extends Chunk {
  readonly bytes: number;
}

/**
 * Decodes a chunk; columns are decoded when they are read.
 *
 * @param shared - Returns one array for equal label values.
 * @throws ChunkDamaged for bytes that differ from those encoded in any bit.
 */
export async function decodeChunk(
  bytes: Buffer,
  shared: (values: readonly string[]) => readonly string[],
): Promise<DecodedChunk> {
  summaryOf(bytes, bytes.length);
  if (bytes.readUInt32LE(CRC_AT) !== crc32(bytes.subarray(LENGTH_AT))) {
    throw new ChunkDamaged('a chunk of the metric history is damaged');
  }
  const content = await inflate(bytes.subarray(HEAD_BYTES), { maxOutputLength: MOST_INFLATED });
  const directoryEnd = 4 + content.readUInt32LE(0);
  const { ticks, families, segments } = JSON.parse(
    content.toString('utf8', 4, directoryEnd),
  ) as Directory;
  const reader = new ByteReader(content, directoryEnd);
  const times = new Float64Array(ticks);
  readColumn(reader, times);
  for (const { series } of families) {
    for (let i = 0; i < series.length; i++) series[i] = shared(series[i]!);
  }
  let { at } = reader;
  const decoded = segments.map(([place, from, rows, ranges, length]) => {
    const { series, ...family } = families[place]!;
    const labelSets: (readonly string[])[] = [];
    for (let i = 0; i < ranges.length; i += 2) {
      const first = ranges[i]!;
      for (let j = first; j < first + ranges[i + 1]!; j++) labelSets.push(series[j]!);
    }
    const data = content.subarray(at, at + length);
    at += length;
    return new DecodedSegment({ family, labelSets, from, rows }, data);
  });
  // Parsed, the texts of the directory take a few times their length.
  return { times, segments: decoded, bytes: content.length + 3 * directoryEnd };
}
