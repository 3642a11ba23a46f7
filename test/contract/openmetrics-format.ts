/** An exemplar of a sample. */
interface ParsedExemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly timestamp: number;
}

/** One sample line. */
export interface OpenMetricsSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar: ParsedExemplar | undefined;
}

/** A family with all its samples. */
export interface OpenMetricsFamily {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly help: string;
  readonly samples: OpenMetricsSample[];
}

const METADATA = /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s;
const NUMBER = /^(?:[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?|[+-]?Inf|NaN)$/;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  unknown: [''],
  summary: ['', '_sum', '_count', '_created'],
  histogram: ['_bucket', '_sum', '_count', '_created'],
};

/**
 * Reads OpenMetrics 1.0.0 from its specification, without a look at what wrote it, and refuses what the specification
 * forbids: a family in two places or with a name that another one's samples have, metadata in between, a missing end, an
 * exemplar where there may be none, buckets out of order.
 */
export function parseOpenMetrics(text: string): Map<string, OpenMetricsFamily> {
  if (!text.endsWith('# EOF\n')) throw new Error('there is no end');
  const lines = text.slice(0, -'# EOF\n'.length).split('\n');
  if (lines.pop() !== '') throw new Error('a line has no end');
  const families = new Map<string, OpenMetricsFamily>();
  const sampleNames = new Map<string, string>();
  const seen = new Set<string>();
  let current: { -readonly [K in keyof OpenMetricsFamily]: OpenMetricsFamily[K] } | undefined;
  for (const line of lines) {
    const metadata = METADATA.exec(line);
    if (metadata !== null) {
      const [, kind, name, rest] = metadata as unknown as [string, string, string, string];
      if (current?.name !== name) {
        if (families.has(name)) throw new Error(`${name} is in two places`);
        current = { name, type: 'unknown', unit: '', help: '', samples: [] };
        families.set(name, current);
      }
      if (current.samples.length > 0) throw new Error(`metadata of ${name} after its samples`);
      if (kind === 'TYPE') current.type = rest;
      else if (kind === 'HELP') current.help = unescape(rest);
      else if (name.endsWith(`_${rest}`)) current.unit = rest;
      else throw new Error(`${name} does not end with its unit ${rest}`);
      continue;
    }
    const sample = parseSample(line);
    const suffixes = SUFFIXES[current?.type ?? ''] ?? [];
    const suffix = suffixes.find((it) => sample.name === `${current?.name}${it}`);
    if (suffix === undefined || current === undefined) {
      throw new Error(`${sample.name} stands under ${current?.type} ${current?.name}`);
    }
    const owner = sampleNames.get(sample.name) ?? current.name;
    if (owner !== current.name) throw new Error(`${sample.name} belongs to ${owner} as well`);
    sampleNames.set(sample.name, owner);
    const mayHaveExemplar = suffix === '_bucket' || suffix === '_total';
    if (sample.exemplar !== undefined && !mayHaveExemplar) {
      throw new Error(`${sample.name} has an exemplar`);
    }
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
    if (seen.has(key)) throw new Error(`the series ${key} stands twice`);
    seen.add(key);
    current.samples.push(sample);
  }
  for (const family of families.values()) {
    if (sampleNames.has(family.name) && sampleNames.get(family.name) !== family.name) {
      throw new Error(`${family.name} is a family and a sample of another`);
    }
    if (family.type === 'histogram') assertBuckets(family);
  }
  return families;
}

/** Counts go up with the bounds, the last bound is +Inf, and its count is that of the histogram. */
function assertBuckets({ name, samples }: OpenMetricsFamily): void {
  const groups = new Map<string, OpenMetricsSample[]>();
  for (const sample of samples) {
    const { le: _le, ...labels } = sample.labels;
    const key = JSON.stringify(Object.entries(labels).toSorted());
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  for (const group of groups.values()) {
    const buckets = group.filter((it) => it.name === `${name}_bucket`);
    const bounds = buckets.map((it) => valueOf(it.labels['le'] ?? ''));
    const counts = buckets.map((it) => it.value);
    const count = group.find((it) => it.name === `${name}_count`)?.value;
    const isAscending = (it: readonly number[], strictly: boolean) =>
      it.every((x, i) => i === 0 || (strictly ? x > it[i - 1]! : x >= it[i - 1]!));
    const isGood =
      bounds.at(-1) === Infinity && isAscending(bounds, true) && isAscending(counts, false);
    if (!isGood || counts.at(-1) !== count) throw new Error(`the buckets of ${name} are wrong`);
    for (const { labels, exemplar } of buckets) {
      if (exemplar !== undefined && exemplar.value > valueOf(labels['le'] ?? '')) {
        throw new Error(`an exemplar of ${name} is not in its bucket`);
      }
    }
  }
}

function parseSample(line: string): OpenMetricsSample {
  const reader = new Reader(line);
  const name = reader.take(/[a-zA-Z_:][a-zA-Z0-9_:]*/y);
  const labels = reader.isAt('{') ? readLabels(reader) : {};
  reader.take(/ /y);
  const value = valueOf(reader.take(/[^ ]+/y));
  if (reader.isAtEnd()) return { name, labels, value, exemplar: undefined };
  reader.take(/ # /y);
  const exemplarLabels = readLabels(reader);
  const length = [...Object.entries(exemplarLabels).flat().join('')].length;
  if (length > 128) throw new Error(`an exemplar with ${length} characters`);
  reader.take(/ /y);
  const exemplarValue = valueOf(reader.take(/[^ ]+/y));
  reader.take(/ /y);
  const timestamp = valueOf(reader.take(/[^ ]+/y));
  if (!reader.isAtEnd()) throw new Error(`more than a line: ${line}`);
  return {
    name,
    labels,
    value,
    exemplar: { labels: exemplarLabels, value: exemplarValue, timestamp },
  };
}

function readLabels(reader: Reader): Record<string, string> {
  const labels: Record<string, string> = {};
  reader.take(/\{/y);
  while (!reader.isAt('}')) {
    if (Object.keys(labels).length > 0) reader.take(/,/y);
    const label = reader.take(/[a-zA-Z_][a-zA-Z0-9_]*/y);
    reader.take(/="/y);
    const text = reader.take(/(?:[^"\\\n]|\\.)*/sy);
    if (label in labels) throw new Error(`the label ${label} stands twice`);
    labels[label] = unescape(text);
    reader.take(/"/y);
  }
  reader.take(/\}/y);
  return labels;
}

class Reader {
  readonly #line: string;
  #at = 0;

  constructor(line: string) {
    this.#line = line;
  }

  take(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const [found] = pattern.exec(this.#line) ?? [];
    if (found === undefined) {
      throw new Error(`cannot read ${JSON.stringify(this.#line.slice(0, 300))} at ${this.#at}`);
    }
    this.#at += found.length;
    return found;
  }

  isAt(char: string): boolean {
    return this.#line[this.#at] === char;
  }

  isAtEnd(): boolean {
    return this.#at === this.#line.length;
  }
}

function valueOf(text: string): number {
  if (!NUMBER.test(text)) throw new Error(`${text} is no number`);
  return Number(text.replace('Inf', 'Infinity'));
}

function unescape(text: string): string {
  return text.replace(/\\(.?)|"/gs, (_all, char?: string) => {
    if (char === 'n') return '\n';
    if (char === '\\' || char === '"') return char;
    throw new Error(`unknown escape or bare quotation mark: ${text}`);
  });
}
