import {
  type FactorReading,
  healthOf,
  type PipelineHealth,
  type PipelineLimits,
  scoreOf,
} from './pipeline-health.js';
import { MinuteSums, type StageCounts, StageWatch } from './stage-watch.js';

/** Period of a tick in milliseconds. */
export const TICK_MS = 10_000;

/** Pipeline, as its health sees it. */
export interface WatchedPipeline {
  readonly stages: ReadonlyMap<string, { counts(): StageCounts }>;
  /** Sum and number of the ages of all events that have left. */
  readonly ages: { readonly seconds: number; readonly events: number };
}

const MINUTES = { m1: 1, m5: 5, m15: 15 } as const;

/** Judges one pipeline by its stages. */
export class PipelineWatch {
  readonly #pipeline: WatchedPipeline;
  readonly #stages = new Map<string, StageWatch>();
  readonly #minute = new MinuteSums();
  #trend: PipelineHealth['trend'] | undefined;
  /** Limits of the pipeline. */
  limits: PipelineLimits = {};

  constructor(pipeline: WatchedPipeline) {
    this.#pipeline = pipeline;
  }

  /** Ends a period of ten seconds. */
  tick(nowMs: number): void {
    const { score } = this.#judge(nowMs);
    const before = this.#trend ?? flat(score);
    const next = (name: keyof typeof MINUTES) => {
      const weight = 1 - Math.exp(-TICK_MS / 60_000 / MINUTES[name]);
      return before[name] + weight * (score - before[name]);
    };
    this.#trend = { m1: next('m1'), m5: next('m5'), m15: next('m15') };
    for (const [name, it] of this.#pipeline.stages) this.#stages.get(name)?.tick(it.counts());
    const { seconds, events } = this.#pipeline.ages;
    this.#minute.tick(seconds, events);
  }

  /** Returns the health of the pipeline. */
  health(nowMs: number): PipelineHealth {
    const found = this.#judge(nowMs);
    return { ...found, trend: this.#trend ?? flat(found.score) };
  }

  #judge(nowMs: number): Omit<PipelineHealth, 'trend'> {
    const readings = [...this.#pipeline.stages].flatMap(([name, it]) =>
      this.#watchOf(name).read(it.counts(), nowMs),
    );
    return healthOf([...readings, ...this.#latency()]);
  }

  #latency(): readonly FactorReading[] {
    const { latencySeconds } = this.limits;
    if (latencySeconds === undefined) return [];
    const { ages } = this.#pipeline;
    const [seconds, events] = this.#minute.since(ages.seconds, ages.events);
    const mean = events === 0 ? 0 : seconds / events;
    const reason = `events are ${Math.round(mean)} s old when they leave`;
    return [{ factor: 'latency', score: scoreOf(mean, latencySeconds), reason }];
  }

  #watchOf(stage: string): StageWatch {
    const known = this.#stages.get(stage);
    if (known !== undefined) return known;
    const made = new StageWatch(stage, () => this.limits);
    this.#stages.set(stage, made);
    return made;
  }
}

function flat(score: number): PipelineHealth['trend'] {
  return { m1: score, m5: score, m15: score };
}
