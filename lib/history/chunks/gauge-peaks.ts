import type { MetricDefinition } from '../../metrics/definition/metric-definition.js';
import {
  type MetricSnapshot,
  type SeriesBlock,
  snapshotOf,
} from '../../metrics/snapshot/snapshot.js';

const PEAKS = /(?:^|_)(?:lag|delay)_(?:seconds|events)$/;

/**
 * Largest values of the lags and delays since the last rollup. Of all other gauges a rollup has the last value, without
 * what was between.
 */
export class GaugePeaks {
  readonly #peaks = new Map<MetricDefinition, SeriesBlock[]>();

  /** Remembers the values of a tick that has no rollup. */
  note(metrics: readonly MetricSnapshot[]): void {
    for (const metric of metrics) {
      if (isPeak(metric.definition)) this.#peaks.set(metric.definition, this.#raised(metric));
    }
  }

  /** Returns the metrics with the largest values since the last call. */
  take(metrics: readonly MetricSnapshot[]): readonly MetricSnapshot[] {
    const raised = metrics.map((it) =>
      this.#peaks.has(it.definition) ? snapshotOf(it.definition, this.#raised(it)) : it,
    );
    this.#peaks.clear();
    return raised;
  }

  #raised({ definition, blocks }: MetricSnapshot): SeriesBlock[] {
    const peaks = this.#peaks.get(definition);
    return blocks.map((block, i) => {
      const before = peaks?.[i];
      // A list of other series has no peaks yet.
      if (before?.labelSets !== block.labelSets) return block;
      const values = block.values.map((it, i) => Math.max(it, before.values[i]!));
      return { ...block, values };
    });
  }
}

function isPeak({ name, type }: MetricDefinition): boolean {
  return type === 'gauge' && PEAKS.test(name);
}
