import type { Gauge, GaugeSeries } from '../../metrics/instruments/gauge.js';

/** Counts what keeps the event loop alive, by the type that Node gives to it. */
export class ActiveResources {
  readonly #gauge: Gauge<'type'>;
  readonly #byType = new Map<string, GaugeSeries>();

  constructor(gauge: Gauge<'type'>) {
    this.#gauge = gauge;
  }

  /** Sets the gauge. Node walks through all handles for it: a millisecond where there are ten thousand. */
  collect(): void {
    const counts = new Map<string, number>();
    for (const type of process.getActiveResourcesInfo()) {
      counts.set(type, (counts.get(type) ?? 0) + 1);
    }
    for (const type of counts.keys()) {
      if (!this.#byType.has(type)) this.#byType.set(type, this.#gauge.labels({ type }));
    }
    // A type that has gone is 0, not what it was.
    for (const [type, series] of this.#byType) series.set(counts.get(type) ?? 0);
  }
}
