import { type FactorReading, type PipelineLimits, scoreOf } from './pipeline-health.js';
import { MinuteSums, Stall } from './stage-watch.js';

/** Counts of a stream. */
export interface StreamCounts {
  /** True while a consumer of the stream takes no events. */
  readonly isBlocked: boolean;
  /** Milliseconds for which consumers have been blocked. */
  readonly blockedMs: number;
  /** Events that consumers have taken, or times that they went on. */
  readonly taken: number;
}

// The share of a shorter time is not significant.
const MIN_MS = 10_000;

/** Judges one stream by its consumers. */
export class StreamWatch {
  readonly #stream: string;
  readonly #limits: () => PipelineLimits;
  readonly #minute = new MinuteSums();
  readonly #stall = new Stall();
  #startMs: number | undefined;

  constructor(stream: string, limits: () => PipelineLimits) {
    this.#stream = stream;
    this.#limits = limits;
  }

  /** Ends a period of ten seconds. */
  tick({ blockedMs }: StreamCounts, nowMs: number): void {
    this.#minute.tick(blockedMs, this.#sinceStart(nowMs));
  }

  /** Returns the factors of the stream. */
  read({ isBlocked, blockedMs, taken }: StreamCounts, nowMs: number): readonly FactorReading[] {
    const limits = this.#limits();
    const work = { hasWork: isBlocked, progress: taken };
    const { seconds, ...stall } = this.#stall.read(work, { nowMs, limits });
    const reason = `stream ${this.#stream} has taken none of its events for ${Math.round(seconds)} s`;
    const freshness = { ...stall, reason };
    const { blockedRatio } = limits;
    if (blockedRatio === undefined) return [freshness];
    const [blocked, ms] = this.#minute.since(blockedMs, this.#sinceStart(nowMs));
    const ratio = ms < MIN_MS ? 0 : Math.min(1, blocked / ms);
    const share = `stream ${this.#stream} takes no events for ${Math.round(ratio * 100)} % of the time`;
    const score = scoreOf(ratio, blockedRatio);
    return [freshness, { factor: 'backpressure', score, reason: share }];
  }

  #sinceStart(nowMs: number): number {
    this.#startMs ??= nowMs;
    return nowMs - this.#startMs;
  }
}
