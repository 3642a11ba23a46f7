import type { MetricDefinition } from '../definition/metric-definition.js';
import { fatalProblems } from '../definition/metric-lint.js';
import {
  type Exemplar,
  type MetricSnapshot,
  type RegistrySnapshot,
  type SeriesBlock,
  snapshotOf,
} from '../snapshot/snapshot.js';

/** Decodes messages of a `SnapshotEncoder` in another process. The input is validated completely. */
export class SnapshotDecoder {
  #seq = 0;
  #metrics = new Map<number, MetricSnapshot>();

  /** Sequence number of the last decoded message; 0 before the first. */
  get seq(): number {
    return this.#seq;
  }

  /**
   * Decodes a message. Returns `undefined` for a message that is older than the last one or extends one that did not
   * arrive.
   *
   * @throws Error for a malformed message. The decoder keeps its previous state.
   */
  decode(message: unknown): RegistrySnapshot | undefined {
    const { seq, base, takenAtMs, metrics } = record(message);
    const number = finite(seq);
    if (number <= this.#seq || (base !== 0 && base !== this.#seq)) return undefined;
    const known = base === 0 ? new Map<number, MetricSnapshot>() : this.#metrics;
    const decoded = new Map(list(metrics).map((it) => decodeMetric(record(it), known)));
    const snapshot = { takenAtMs: finite(takenAtMs), metrics: [...decoded.values()] };
    this.#metrics = decoded;
    this.#seq = number;
    return snapshot;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function decodeMetric(
  { id, definition, blocks }: Fields,
  known: ReadonlyMap<number, MetricSnapshot>,
): [number, MetricSnapshot] {
  const number = finite(id);
  const before = known.get(number);
  const read = before?.definition ?? decodeDefinition(definition);
  const decoded = list(blocks).map((it, i) => decodeBlock(record(it), read, before?.blocks[i]));
  return [number, snapshotOf(read, decoded)];
}

function decodeDefinition(definition: unknown): MetricDefinition {
  const read = record(definition) as unknown as MetricDefinition;
  const { unit = '', processWide = true } = read;
  const isWide = processWide === true || list(processWide).every((it) => typeof it === 'string');
  if (typeof unit !== 'string' || !isWide || fatalProblems(read).length > 0) {
    throw new TypeError('invalid metric definition');
  }
  return Object.freeze({ ...read });
}

function decodeBlock(
  { labels, created, bounds, names, values, updated, exemplars }: Fields,
  { type, labels: usual = [] }: MetricDefinition,
  known: SeriesBlock | undefined,
): SeriesBlock {
  const own = names === undefined ? undefined : readNames(names, type);
  const width = (own ?? usual).length;
  const shape =
    labels === undefined
      ? known
      : { ...readShape({ labels, created, bounds }, width), labels: own };
  if (shape === undefined) throw new TypeError('missing label sets');
  const stride = type === 'histogram' ? shape.bounds.length + 2 : 1;
  const series = shape.labelSets.length;
  const numbers = numbersOf(values, series * stride);
  return {
    ...(shape.labels && { labels: shape.labels }),
    labelSets: shape.labelSets,
    createdAtMs: shape.createdAtMs,
    bounds: shape.bounds,
    values: numbers,
    stride,
    updatedAtMs: updated === undefined ? undefined : numbersOf(updated, series),
    exemplars: exemplars === undefined ? undefined : exemplarsOf(exemplars, numbers.length),
  };
}

/** Reads label names, which become part of the page. */
function readNames(names: unknown, type: MetricDefinition['type']): readonly string[] {
  const labels = list(names).map((it) => text(it));
  if (fatalProblems({ name: 'names', type, help: '', labels }).length > 0) {
    throw new TypeError('invalid label names');
  }
  return Object.freeze(labels);
}

function readShape({ labels, created, bounds }: Fields, width: number) {
  const labelSets = list(labels).map((it) => {
    const set = list(it);
    if (set.length !== width) throw new TypeError('label values do not match the label names');
    return Object.freeze(set.map((value) => text(value)));
  });
  return {
    labelSets: Object.freeze(labelSets),
    createdAtMs: numbersOf(created, labelSets.length),
    bounds: Object.freeze(list(bounds).map((it) => finite(it))),
  };
}

function numbersOf(values: unknown, count: number): Float64Array {
  const read = list(values);
  if (read.length !== count) throw new TypeError('number of values does not match the series');
  return Float64Array.from(read, (it) => {
    if (typeof it !== 'number' && typeof it !== 'string') throw new TypeError('not a number');
    const number = Number(it);
    return Number.isNaN(number) ? 0 : number;
  });
}

function exemplarsOf(exemplars: unknown, count: number): (Exemplar | undefined)[] {
  const read = Array.from<Exemplar | undefined>({ length: count }).fill(undefined);
  for (const it of list(exemplars)) {
    const [index, value, atMs, traceId, spanId] = list(it);
    const exemplar = {
      value: finite(value),
      atMs: finite(atMs),
      traceId: text(traceId),
      spanId: text(spanId),
    };
    const at = finite(index);
    if (at in read) read[at] = exemplar;
  }
  return read;
}

function record(value: unknown): Fields {
  if (typeof value !== 'object' || value === null) throw new TypeError('not an object');
  return value as Fields;
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError('not an array');
  return value as readonly unknown[];
}

function text(value: unknown): string {
  if (typeof value !== 'string') throw new TypeError('not a string');
  return value;
}

function finite(value: unknown): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new TypeError('not a number');
  return value;
}
