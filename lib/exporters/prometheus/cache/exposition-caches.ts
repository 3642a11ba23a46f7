import type { Clock } from '../../../kernel/clock.js';
import type { ExpositionFormat } from '../format/exposition-format.js';
import { ExpositionCache } from './exposition-cache.js';
import type { Labels } from '../format/sample.format.js';

const UNUSED_AFTER_MS = 10 * 60_000;

interface CachedMetric {
  readonly text: ExpositionCache;
  usedMs: number;
}

/** The kept text of each format that is scraped; of one that nobody has asked for in ten minutes there is none. */
export class ExpositionCaches {
  readonly #clock: Clock;
  readonly #globalLabels: Labels;
  readonly #byFormat = new Map<ExpositionFormat, CachedMetric>();

  constructor(clock: Clock, globalLabels: Labels) {
    this.#clock = clock;
    this.#globalLabels = globalLabels;
  }

  /** The text of a format. */
  of(format: ExpositionFormat): ExpositionCache {
    const nowMs = this.#clock.monotonicMs();
    for (const [other, { usedMs }] of this.#byFormat) {
      if (other !== format && nowMs - usedMs > UNUSED_AFTER_MS) this.#byFormat.delete(other);
    }
    const kept = this.#byFormat.get(format) ?? {
      text: new ExpositionCache(format, this.#globalLabels),
      usedMs: nowMs,
    };
    kept.usedMs = nowMs;
    this.#byFormat.set(format, kept);
    return kept.text;
  }
}
