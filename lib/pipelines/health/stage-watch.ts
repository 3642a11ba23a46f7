import { type FactorReading, type PipelineLimits, scoreOf } from './pipeline-health.js';

/** Counts of a stage. */
export interface StageCounts {
  /** Work that has ended, with any outcome. */
  readonly finished: number;
  readonly failed: number;
  /** Results of all work. */
  readonly results: number;
  /** True if events wait, or if work has begun that is known to end. */
  readonly hasWork: boolean;
  /** Time since which the oldest event has waited, on the monotonic clock; `undefined` for none. */
  readonly oldestMs: number | undefined;
}

/** Sums of one minute. */
export class MinuteSums {
  // With a period that has begun, five ended ones are 50 to 60 seconds.
  readonly #before: (readonly [part: number, whole: number])[] = [];
  readonly #periods = 5;

  /** Returns what has been added to two sums within the last minute. */
  since(part: number, whole: number): readonly [part: number, whole: number] {
    const [from = [0, 0]] = this.#before;
    return [part - from[0], whole - from[1]];
  }

  /** Ends a period of ten seconds. */
  tick(part: number, whole: number): void {
    this.#before.push([part, whole]);
    if (this.#before.length > this.#periods) this.#before.shift();
  }
}

const STALLED_SECONDS = 8;

/** Finds work of which nothing is done. */
export class Stall {
  #progress: number | undefined;
  #progressMs = 0;

  /** Returns the `freshness` of work, for a reason that its owner adds, with the seconds since its last progress. */
  read(
    { hasWork, progress }: { readonly hasWork: boolean; readonly progress: number },
    { nowMs, limits }: { readonly nowMs: number; readonly limits: PipelineLimits },
  ) {
    if (!hasWork || progress !== this.#progress) this.#progressMs = nowMs;
    this.#progress = progress;
    const seconds = (nowMs - this.#progressMs) / 1000;
    const { stalledSeconds = STALLED_SECONDS } = limits;
    return { seconds, factor: 'freshness', score: scoreOf(seconds, stalledSeconds) } as const;
  }
}

const WAITING_SECONDS = 60;
const ERROR_RATIO = 0.05;
// With less work, a single failure is not significant.
const MIN_FINISHED = 10;

/** Judges one stage by its counts. */
export class StageWatch {
  readonly #stage: string;
  readonly #limits: () => PipelineLimits;
  readonly #minute = new MinuteSums();
  readonly #stall = new Stall();

  constructor(stage: string, limits: () => PipelineLimits) {
    this.#stage = stage;
    this.#limits = limits;
  }

  /** Ends a period of ten seconds. */
  tick({ failed, finished }: StageCounts): void {
    this.#minute.tick(failed, finished);
  }

  /** Returns the factors of the stage. */
  read(counts: StageCounts, nowMs: number): readonly FactorReading[] {
    return [this.#errors(counts), this.#buffer(counts, nowMs), this.#freshness(counts, nowMs)];
  }

  #errors({ failed, finished }: StageCounts): FactorReading {
    const { errorRatio = ERROR_RATIO } = this.#limits();
    const [failures, all] = this.#minute.since(failed, finished);
    const ratio = all < MIN_FINISHED ? 0 : failures / all;
    const reason = `stage ${this.#stage} fails for ${Math.round(ratio * 100)} % of its events`;
    return { factor: 'errors', score: scoreOf(ratio, errorRatio), reason };
  }

  #buffer({ oldestMs }: StageCounts, nowMs: number): FactorReading {
    const { waitingSeconds = WAITING_SECONDS } = this.#limits();
    const seconds = oldestMs === undefined ? 0 : (nowMs - oldestMs) / 1000;
    const reason = `the oldest event has waited ${Math.round(seconds)} s for stage ${this.#stage}`;
    return { factor: 'buffer', score: scoreOf(seconds, waitingSeconds), reason };
  }

  #freshness({ finished, results, hasWork }: StageCounts, nowMs: number): FactorReading {
    const work = { hasWork, progress: finished + results };
    const { seconds, ...found } = this.#stall.read(work, { nowMs, limits: this.#limits() });
    const reason = `stage ${this.#stage} has finished none of its work for ${Math.round(seconds)} s`;
    return { ...found, reason };
  }
}
