import type { MetricDefinition } from '../definition/metric-definition.js';
import { type RegistrySnapshot, type SeriesBlock, snapshotOf } from '../snapshot/snapshot.js';

/** Maximum number of retained series; it is reached when series are removed faster than exports succeed. */
const LIMIT = 10_000;

/** A removed series with its last values. */
export interface EndedSeries {
  readonly definition: MetricDefinition;
  readonly block: SeriesBlock;
}

/** Removed series whose counts a delta exporter has not delivered yet. */
export class EndedSeriesLog {
  readonly #series = new Set<EndedSeries>();
  readonly #report: (error: unknown) => void;
  #isLosing = false;

  /** @param report - Called once when the limit is exceeded. */
  constructor(report: (error: unknown) => void) {
    this.#report = report;
  }

  /** Adds a removed series. */
  add(definition: MetricDefinition, block: SeriesBlock): void {
    if (this.#series.size < LIMIT) this.#series.add({ definition, block });
    else if (!this.#isLosing) {
      this.#isLosing = true;
      this.#report(
        new Error(`more than ${LIMIT} removed series await export: their counts are lost`),
      );
    }
  }

  /** Returns the series that a snapshot taken just now no longer contains. */
  notIn(snapshot: RegistrySnapshot): readonly EndedSeries[] {
    if (this.#series.size === 0) return [];
    const live = new Set(snapshot.metrics.flatMap((it) => it.blocks.flatMap((b) => b.labelSets)));
    return [...this.#series].filter(({ block }) => !live.has(block.labelSets[0]!));
  }

  /** Returns those of the given series that are still undelivered. */
  owed(series: readonly EndedSeries[]): readonly EndedSeries[] {
    return series.filter((it) => this.#series.has(it));
  }

  /** Drops delivered series. */
  settle(series: readonly EndedSeries[]): void {
    for (const it of series) this.#series.delete(it);
    if (this.#series.size < LIMIT) this.#isLosing = false;
  }
}

/** Returns the snapshot with ended series, which precede live series with the same labels. */
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
