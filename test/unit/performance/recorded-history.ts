import { LabelSet } from '../../../lib/query/label-set.js';
import type {
  SampleSeries,
  SeriesSelection,
  SeriesSource,
} from '../../../lib/query/series-source.js';

/** Values by series, such as `eventcore_commands_total{command_type="PlaceOrder"}`. */
export type Sample = Readonly<Record<string, number>>;

const SERIES = /^([a-z_]+)(?:\{(.*)\})?$/;

/** History of samples that a test gives. */
export class RecordedHistory implements SeriesSource {
  readonly #samples: { readonly atMs: number; readonly sample: Sample }[] = [];

  /** Adds the values of one time. A series that is left out is gone. */
  add(atMs: number, sample: Sample): void {
    this.#samples.push({ atMs, sample: { eventcore_uptime_seconds: atMs / 1_000, ...sample } });
  }

  /** Raw values of a series, for computations beside those under test. */
  raw(series: string): readonly { readonly atMs: number; readonly value: number }[] {
    return this.#samples.flatMap(({ atMs, sample }) =>
      sample[series] === undefined ? [] : [{ atMs, value: sample[series] }],
    );
  }

  /** {@inheritDoc SeriesSource.select} */
  select({ matchers, fromMs, toMs }: SeriesSelection): readonly SampleSeries[] {
    const within = this.#samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
    const names = new Set(within.flatMap(({ sample }) => Object.keys(sample)));
    return [...names].flatMap((name) => {
      const labels = labelsOf(name);
      if (!matchers.every((it) => it.matches(labels.get(it.name)))) return [];
      const known = within.filter(({ sample }) => sample[name] !== undefined);
      const timesMs = Float64Array.from(known, ({ atMs }) => atMs);
      return [{ labels, timesMs, values: Float64Array.from(known, (it) => it.sample[name]!) }];
    });
  }
}

function labelsOf(series: string): LabelSet {
  const [, name = '', pairs = ''] = SERIES.exec(series) ?? [];
  const labels = pairs
    .split(',')
    .filter(Boolean)
    .map((it) => it.split('='));
  const entries = labels.map(([label, value]) => [label!, value!.slice(1, -1)]);
  return LabelSet.of({ __name__: name, ...(Object.fromEntries(entries) as object) });
}
