import {
  type AnomalySignal,
  anomalyDetectors,
  type Comparison,
  type Minute,
  REMEMBERED_MINUTES,
} from './anomaly-detectors.js';

/** Signal that has differed from its past for at least three minutes. */
export interface Anomaly {
  /** The signal. */
  readonly signal: AnomalySignal;
  /** Start: Unix time, milliseconds. */
  readonly sinceMs: number;
  /** Value of the last minutes: seconds for `latency` (95th percentile), a ratio, or commands per second. */
  readonly value: number;
  /** Usual value, in the same unit. */
  readonly expected: number;
}

const HOLD_MS = 180_000;
// Of a day that is read at once, the last minutes tell whether something is unusual now.
const MAX_COMPARED = 10;
const SIGNALS = Object.keys(anomalyDetectors) as readonly AnomalySignal[];

/** Watches minutes for anomalies. */
export class AnomalyWatch {
  #minutes: Minute[] = [];
  readonly #unusualSinceMs = new Map<AnomalySignal, number>();
  #comparisons: Partial<Record<AnomalySignal, Comparison>> = {};

  /** End of the last minute; `undefined` before the first. */
  get lastMs(): number | undefined {
    return this.#minutes.at(-1)?.atMs;
  }

  /** Adds minutes in ascending order, and compares the last ones with those before. */
  add(minutes: readonly Minute[]): void {
    const compared = minutes.slice(-MAX_COMPARED);
    this.#minutes.push(...minutes.slice(0, minutes.length - compared.length));
    for (const it of compared) {
      this.#minutes.push(it);
      this.#compare(it.atMs);
    }
    this.#minutes = this.#minutes.slice(-REMEMBERED_MINUTES);
  }

  /** Returns the signals that have been unusual for at least three minutes. */
  anomalies(): readonly Anomaly[] {
    const lastMs = this.lastMs ?? 0;
    return SIGNALS.flatMap((signal) => {
      const sinceMs = this.#unusualSinceMs.get(signal);
      const comparison = this.#comparisons[signal];
      if (sinceMs === undefined || lastMs - sinceMs < HOLD_MS) return [];
      if (comparison?.state !== 'unusual') return [];
      const { value, expected } = comparison;
      return [{ signal, sinceMs, value, expected }];
    });
  }

  /** Returns the signals whose past is still too short to compare with. */
  learning(): readonly AnomalySignal[] {
    return SIGNALS.filter((it) => (this.#comparisons[it]?.state ?? 'learning') === 'learning');
  }

  #compare(atMs: number): void {
    for (const signal of SIGNALS) {
      const comparison = anomalyDetectors[signal](this.#minutes);
      this.#comparisons[signal] = comparison;
      if (comparison.state !== 'unusual') this.#unusualSinceMs.delete(signal);
      else if (!this.#unusualSinceMs.has(signal)) this.#unusualSinceMs.set(signal, atMs);
    }
  }
}
