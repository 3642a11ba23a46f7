import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import type { Histogram, HistogramSeries } from '../../metrics/instruments/histogram.js';

const KINDS: readonly (readonly [number, string])[] = [
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
];

interface GarbageCollectionEntry extends PerformanceEntry {
  readonly detail: { readonly kind: number };
}

/** Records the pauses of the garbage collector. */
export class GarbageCollection {
  readonly #byKind: ReadonlyMap<number, HistogramSeries>;
  readonly #pauses: Histogram<'kind'>;
  readonly #observer = new PerformanceObserver((list) => this.#record(list.getEntries()));

  constructor(pauses: Histogram<'kind'>) {
    this.#pauses = pauses;
    this.#byKind = new Map(KINDS.map(([code, kind]) => [code, pauses.labels({ kind })]));
  }

  /** Starts to watch; it does not keep the process alive. */
  start(): void {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  /** Stops to watch. */
  stop(): void {
    this.#observer.disconnect();
  }

  /** Records what Node has not handed over yet. */
  collect(): void {
    this.#record(this.#observer.takeRecords());
  }

  #record(entries: readonly PerformanceEntry[]): void {
    for (const entry of entries) {
      const { kind } = (entry as GarbageCollectionEntry).detail;
      const series = this.#byKind.get(kind) ?? this.#pauses.labels({ kind: 'other' });
      series.observe(entry.duration / 1000);
    }
  }
}
