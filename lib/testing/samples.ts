import {
  labelNamesOf,
  type MetricSnapshot,
  type SeriesBlock,
} from '../metrics/snapshot/snapshot.js';

/** Labels of a series. */
export type Labels = Readonly<Record<string, string>>;

/** One sample of a metric. */
export interface Sample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
}

/** Samples by their text, `name{label="value"}`. */
export type Samples = ReadonlyMap<string, Sample>;

/** Returns the samples of metrics: of a histogram `_count` and `_sum`, and the number of observations under its own name. */
export function samplesOf(metrics: readonly MetricSnapshot[]): Samples {
  const samples = new Map<string, Sample>();
  for (const { definition, blocks } of metrics) {
    for (const block of blocks) {
      const names = labelNamesOf(definition, block);
      block.labelSets.forEach((values, i) => {
        const labels = Object.fromEntries(names.map((name, at) => [name, values[at] ?? '']));
        for (const [suffix, value] of valuesOf(block, i)) {
          const sample = { name: definition.name + suffix, labels, value };
          samples.set(textOf(sample), sample);
        }
      });
    }
  }
  return samples;
}

function valuesOf(
  { values, stride }: SeriesBlock,
  series: number,
): [suffix: string, value: number][] {
  const own = values.slice(series * stride, (series + 1) * stride);
  if (stride === 1) return [['', own[0] ?? 0]];
  const sum = own[stride - 1] ?? 0;
  const count = own.slice(0, -1).reduce((total, it) => total + it, 0);
  return [
    ['', count],
    ['_count', count],
    ['_sum', sum],
  ];
}

/** Returns a sample as the exposition formats write it, without its value. */
export function textOf({ name, labels }: Pick<Sample, 'name' | 'labels'>): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`;
}

/** Returns true for a sample that has all of some labels. */
export function hasLabels(sample: Sample, labels: Labels): boolean {
  return Object.entries(labels).every(([name, value]) => sample.labels[name] === value);
}

const MOST_SHOWN = 5;

/** Returns the samples that are most like a name and labels, the nearest first. */
export function nearest(samples: Samples, name: string, labels: Labels): readonly Sample[] {
  const all = [...samples.values()];
  const known = all.filter((it) => it.name === name);
  const candidates = known.length > 0 ? known : ofNearestName(all, name);
  const likeness = (it: Sample) =>
    Object.entries(labels).reduce(
      (sum, [label, value]) => sum + similarity(it.labels[label] ?? '', value),
      0,
    );
  return candidates.toSorted((a, b) => likeness(b) - likeness(a)).slice(0, MOST_SHOWN);
}

function ofNearestName(samples: readonly Sample[], name: string): readonly Sample[] {
  const names = [...new Set(samples.map((it) => it.name))];
  const [best] = names.toSorted((a, b) => similarity(b, name) - similarity(a, name));
  return samples.filter((it) => it.name === best);
}

/** Share of the letter pairs that two texts have in common (Dice's coefficient), 0 to 1. */
function similarity(a: string, b: string): number {
  if (a === b) return 1;
  const pairsOfB = pairsOf(b);
  const pairs = pairsOf(a);
  const common = pairs.filter((it) => pairsOfB.includes(it)).length;
  return (2 * common) / Math.max(1, pairs.length + pairsOfB.length);
}

function pairsOf(text: string): readonly string[] {
  return Array.from({ length: Math.max(0, text.length - 1) }, (_, i) => text.slice(i, i + 2));
}
