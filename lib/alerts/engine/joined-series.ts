import type { SampleSeries, SeriesSelection, SeriesSource } from '../../query/series-source.js';

/** Series of the history, and those that rules make. */
export class JoinedSeries implements SeriesSource {
  readonly #sources: readonly SeriesSource[];

  constructor(...sources: readonly SeriesSource[]) {
    this.#sources = sources;
  }

  /** {@inheritDoc SeriesSource.select} */
  async select(selection: SeriesSelection): Promise<readonly SampleSeries[]> {
    const found = await Promise.all(this.#sources.map((it) => it.select(selection)));
    const filled = found.filter((it) => it.length > 0);
    if (filled.length < 2) return filled[0] ?? [];
    // The first source has precedence where a rule records what the application has.
    const all = new Map<string, SampleSeries>();
    for (const series of filled.flat()) {
      if (!all.has(series.labels.key)) all.set(series.labels.key, series);
    }
    return [...all.values()];
  }
}
