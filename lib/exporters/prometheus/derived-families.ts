import type { PromClientMetric } from '../../metrics/aggregation/sampled-metric.js';
import type { MetricSnapshot, RegistrySnapshot } from '../../metrics/snapshot/snapshot.js';

/** Families derived from one snapshot. */
export interface DerivedReading {
  /** Families in the shape of the registry; their text is kept from one scrape to the next. */
  readonly metrics: readonly MetricSnapshot[];
  /** Families in the shape of prom-client, such as summaries. */
  readonly sampled: readonly PromClientMetric[];
  /** Names that another metric exposes; their families are left out. */
  readonly clashing: readonly string[];
}

/** Source metric of a derived family. */
export interface FamilySource {
  /** Full name of the metric. */
  readonly metric: string;
  /** One sentence for `diagnose()`. */
  readonly note: string;
}

/** Source of further families on the page, derived from the application's metrics. */
export interface DerivedFamilies {
  /**
   * Derives the families.
   *
   * @param isTaken - Returns true if another metric exposes the name.
   */
  of(snapshot: RegistrySnapshot, isTaken: (name: string) => boolean): DerivedReading;
  /** Returns the source of a derived family; `undefined` for any other name. */
  sourceOf(name: string): FamilySource | undefined;
}
