import type { MetricDefinition } from '../definition/metric-definition.js';
import { type RegistrySnapshot, type SeriesBlock, snapshotOf } from '../snapshot/snapshot.js';

/** More are not kept: somebody removes series faster than exports succeed. */
const LIMIT = 10_000;

/** A series that was removed, with its last numbers. */
export interface EndedSeries {
  readonly definition: MetricDefinition;
  readonly block: SeriesBlock;
}

/** Series that were removed since an exporter of differences was last answered: it still owes what they counted. */
export class EndedSeriesLog {
  readonly #series = new Set<EndedSeries>();
  readonly #report: (error: unknown) => void;
  #isLosing = false;

  /** @param report - Called once when there are too many. */
  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** Keeps a series. */
  add(definition: MetricDefinition, block: SeriesBlock): void {
    if (this.#series.size < LIMIT) this.#series.add({ definition, block });
    else if (!this.#isLosing) {
      this.#isLosing = true;
      this.#report(new Error(`more than ${LIMIT} series were removed: what they counted is lost`));
    }
  }

  /** Those that a snapshot which was just taken has no more. */
  notIn(snapshot: RegistrySnapshot): readonly EndedSeries[] {
    if (this.#series.size === 0) return [];
    const live = new Set(snapshot.metrics.flatMap((it) => it.blocks.flatMap((b) => b.labelSets)));
    return [...this.#series].filter(({ block }) => !live.has(block.labelSets[0]!));
  }

  /** Those of a list that are still owed. */
  owed(series: readonly EndedSeries[]): readonly EndedSeries[] {
    return series.filter((it) => this.#series.has(it));
  }

  /** Forgets what has arrived. */
  settle(series: readonly EndedSeries[]): void {
    for (const it of series) this.#series.delete(it);
    if (this.#series.size < LIMIT) this.#isLosing = false;
  }
}

/** A snapshot with series that have ended, before those that may have followed them. */
export function withEnded(
  snapshot: RegistrySnapshot,
  ended: readonly EndedSeries[],
): RegistrySnapshot {
  if (ended.length === 0) return snapshot;
  const metrics = snapshot.metrics.map((metric) => {
    const { definition, blocks } = metric;
    const gone = ended.filter((it) => it.definition.name === definition.name);
    if (gone.length === 0) return metric;
    return snapshotOf(definition, [...gone.map(({ block }) => block), ...blocks]);
  });
  return { takenAtMs: snapshot.takenAtMs, metrics };
}
