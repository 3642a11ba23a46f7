import type { MetricDefinition } from '../../metrics/definition/metric-definition.js';
import {
  labelNamesOf,
  type RegistrySnapshot,
  type SeriesBlock,
} from '../../metrics/snapshot/snapshot.js';
import { type Naming, SeriesNaming, type Tag } from './statsd-names.format.js';

/** Value that represents the observations of a bucket, with their number. */
export interface BucketValue {
  readonly value: number;
  readonly times: number;
}

/** Observations since the previous export. */
export interface Observations {
  readonly bounds: readonly number[];
  /** Number of observations per bucket, not cumulative. The last bucket is above all bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/**
 * Returns one value for each bucket with observations. All values lie at the same relative place within their buckets,
 * chosen so that their sum equals the measured sum. The value above the last bound takes the remainder of the sum.
 */
export function bucketValues({ bounds, counts, sum }: Observations): BucketValue[] {
  const finite = bounds.map((bound, i) => bucket(bounds, bound, i));
  const beyond = counts[bounds.length] ?? 0;
  const place = beyond > 0 ? 0.5 : placeOf(finite, counts, sum);
  const values = finite.flatMap(({ from, width }, i) => {
    const times = counts[i] ?? 0;
    return times > 0 ? [{ value: from + place * width, times }] : [];
  });
  if (beyond <= 0) return values;
  const rest = sum - values.reduce((total, it) => total + it.value * it.times, 0);
  const last = bounds.at(-1) ?? -Infinity;
  return [...values, { value: Math.max(last, rest / beyond), times: beyond }];
}

interface Bucket {
  readonly from: number;
  readonly width: number;
}

/**
 * Returns the lower bound and width of a bucket. Values are rarely negative: the first bucket starts at 0 unless its
 * bound is below 0.
 */
function bucket(bounds: readonly number[], bound: number, index: number): Bucket {
  const from = index === 0 ? Math.min(0, bound) : (bounds[index - 1] as number);
  return { from, width: bound - from };
}

function placeOf(buckets: readonly Bucket[], counts: readonly number[], sum: number): number {
  let least = 0;
  let room = 0;
  buckets.forEach(({ from, width }, i) => {
    least += from * (counts[i] ?? 0);
    room += width * (counts[i] ?? 0);
  });
  return room > 0 ? Math.min(1, Math.max(0, (sum - least) / room)) : 0.5;
}

/** Format of the lines. */
export interface LineFormat extends Naming {
  readonly histograms: 'buckets' | 'distributions' | 'timings';
}

/**
 * Formats a snapshot whose counters and histograms contain differences. A series without a change has no line. One
 * string may contain two lines that must stay together.
 */
export function* statsdLines(delta: RegistrySnapshot, format: LineFormat): Generator<string> {
  for (const { definition, blocks } of delta.metrics) {
    for (const block of blocks) {
      for (let series = 0; series < block.labelSets.length; series++) {
        const labels = tagsOf(labelNamesOf(definition, block), block.labelSets[series] ?? []);
        const naming = new SeriesNaming(format, definition.name, labels);
        yield* seriesLines(definition, { block, series, naming }, format);
      }
    }
  }
}

interface Series {
  readonly block: SeriesBlock;
  readonly series: number;
  readonly naming: SeriesNaming;
}

function* seriesLines(
  definition: MetricDefinition,
  it: Series,
  format: LineFormat,
): Generator<string> {
  const { block, series, naming } = it;
  const value = block.values[series * block.stride] as number;
  if (definition.type === 'counter' && value > 0) yield naming.line(`${value}|c`);
  if (definition.type === 'gauge' && Number.isFinite(value)) yield gauge(naming, value, format);
  if (definition.type === 'histogram') yield* histogram(definition, it, format);
}

function tagsOf(names: readonly string[], values: readonly string[]): Tag[] {
  return names.map((name, i) => [name, values[i] ?? '']);
}

/**
 * Formats a gauge. StatsD interprets a sign as a change of the value, so a negative gauge is first set to 0. DogStatsD
 * has no changes.
 */
function gauge(naming: SeriesNaming, value: number, { dialect }: LineFormat): string {
  const line = naming.line(`${value}|g`);
  return value < 0 && dialect === 'statsd' ? `${naming.line('0|g')}\n${line}` : line;
}

function* histogram(
  definition: MetricDefinition,
  { block, series, naming }: Series,
  { histograms }: LineFormat,
): Generator<string> {
  const { bounds, stride, values } = block;
  const counts = Array.from(values.subarray(series * stride, (series + 1) * stride - 1));
  const sum = values[(series + 1) * stride - 1] as number;
  const count = counts.reduce((total, it) => total + it, 0);
  if (count === 0) return;
  if (histograms === 'buckets') {
    for (const [i, times] of counts.entries()) {
      const bound = bounds[i] === undefined ? 'inf' : String(bounds[i]);
      if (times > 0) yield naming.line(`${times}|c`, '_bucket', ['le', bound]);
    }
    yield naming.line(`${count}|c`, '_count');
    yield naming.line(`${sum}|c`, '_sum');
    return;
  }
  const isTiming = histograms === 'timings' && definition.unit === 'seconds';
  for (const { value, times } of bucketValues({ bounds, counts, sum })) {
    const weight = times === 1 ? '' : `|@${1 / times}`;
    const text = isTiming ? `${value * 1000}|ms` : `${value}|${otherType(histograms)}`;
    yield naming.line(`${text}${weight}`);
  }
}

/** Returns the type of histograms that are not durations. Servers without distributions accept histograms as `h`. */
function otherType(histograms: LineFormat['histograms']): string {
  return histograms === 'timings' ? 'h' : 'd';
}

/**
 * Packs lines into datagrams, as many as fit. A string that exceeds the limit gets a datagram of its own.
 *
 * @param maxBytes - Maximum size of a datagram in bytes.
 */
export function* packDatagrams(lines: Iterable<string>, maxBytes: number): Generator<Uint8Array> {
  const encoder = new TextEncoder();
  let open = '';
  let bytes = 0;
  for (const line of lines) {
    const length = byteLength(line);
    if (bytes > 0 && bytes + 1 + length > maxBytes) {
      yield encoder.encode(open);
      open = '';
      bytes = 0;
    }
    open = bytes === 0 ? line : `${open}\n${line}`;
    bytes += length + (bytes === 0 ? 0 : 1);
  }
  if (bytes > 0) yield encoder.encode(open);
}

/** Returns the length in UTF-8 bytes. A lone surrogate counts as the replacement character that it becomes. */
function byteLength(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
