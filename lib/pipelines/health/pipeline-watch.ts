import {
  type FactorReading,
  healthOf,
  type PipelineHealth,
  type PipelineLimits,
  scoreOf,
} from './pipeline-health.js';
import { MinuteSums, type StageCounts, StageWatch } from './stage-watch.js';
import { type StreamCounts, StreamWatch } from './stream-watch.js';

/** Period of a tick in milliseconds. */
export const TICK_MS = 10_000;

/** Pipeline, as its health sees it. */
export interface WatchedPipeline {
  readonly streams: ReadonlyMap<string, { counts(): StreamCounts }>;
  readonly stages: ReadonlyMap<string, { counts(): StageCounts }>;
  readonly runs: { release(): void };
  /** Sum and number of the ages of all events that have left. */
  readonly ages: { readonly seconds: number; readonly events: number };
}

const MINUTES = { m1: 1, m5: 5, m15: 15 } as const;

/** Judges one pipeline by its stages. */
export class PipelineWatch {
  readonly #pipeline: WatchedPipeline;
  readonly #streams = new Map<string, StreamWatch>();
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
    const { streams, stages, ages } = this.#pipeline;
    for (const [name, it] of streams) this.#streams.get(name)?.tick(it.counts(), nowMs);
    for (const [name, it] of stages) this.#stages.get(name)?.tick(it.counts());
    const { seconds, events } = ages;
    this.#minute.tick(seconds, events);
  }

  /** Returns the health of the pipeline. */
  health(nowMs: number): PipelineHealth {
    const found = this.#judge(nowMs);
    return { ...found, trend: this.#trend ?? flat(found.score) };
  }

  #judge(nowMs: number): Omit<PipelineHealth, 'trend'> {
    const { streams, stages, runs } = this.#pipeline;
    runs.release();
    const limits = () => this.limits;
    const ofStages = [...stages].flatMap(([name, it]) => {
      const watch = madeOnce(this.#stages, name, () => new StageWatch(name, limits));
      return watch.read(it.counts(), nowMs);
    });
    const ofStreams = [...streams].flatMap(([name, it]) => {
      const watch = madeOnce(this.#streams, name, () => new StreamWatch(name, limits));
      return watch.read(it.counts(), nowMs);
    });
    return healthOf([...ofStages, ...ofStreams, ...this.#latency()]);
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
}

function madeOnce<T>(all: Map<string, T>, name: string, make: () => T): T {
  const found = all.get(name) ?? make();
  all.set(name, found);
  return found;
}

function flat(score: number): PipelineHealth['trend'] {
  return { m1: score, m5: score, m15: score };
}
