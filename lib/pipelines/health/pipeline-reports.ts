import { HealthChecks } from '../../health/health-checks.js';
import { repeat } from '../../kernel/timers.js';
import type { PluginContext } from '../../plugins/plugin.js';
import type { EventPipeline } from '../event-pipeline.js';
import { TICK_MS } from './pipeline-watch.js';

// With more, the answer of `/health` would be long, and the names come from data.
const MOST_CHECKS = 100;

/** Reports the health of pipelines: a check per pipeline and their numbers in `/health`. */
export class PipelineReports {
  readonly #context: PluginContext;
  readonly #checks: HealthChecks | undefined;
  readonly #cancel: () => void;
  #added = 0;

  constructor(context: PluginContext, pipelines: ReadonlyMap<string, EventPipeline>) {
    this.#context = context;
    this.#checks = checksOf(context);
    this.#checks?.tell(() => factsOf([...pipelines.values()]));
    for (const it of pipelines.values()) this.add(it);
    this.#cancel = repeat(context.timers, TICK_MS, () => {
      const nowMs = context.clock.monotonicMs();
      for (const it of pipelines.values()) it.watch.tick(nowMs);
    });
  }

  /** Adds the check of a pipeline. */
  add(pipeline: EventPipeline): void {
    if (this.#added++ >= MOST_CHECKS) return;
    const name = `pipeline_${pipeline.name.replaceAll(/[^\w.-]/g, '_')}`.slice(0, 64);
    try {
      this.#checks?.add([{ name, cacheMs: 0, critical: false, ask: () => answerOf(pipeline) }]);
    } catch (error) {
      // Another check has the name.
      this.#context.report(error);
    }
  }

  stop(): void {
    this.#cancel();
  }
}

function answerOf(pipeline: EventPipeline) {
  const { level, score, factors, reason, trend } = pipeline.health();
  return { level, details: { score, ...(reason !== undefined && { reason }), factors, trend } };
}

function factsOf(pipelines: readonly EventPipeline[]): Readonly<Record<string, number>> {
  return {
    pipelines_running: pipelines.filter(({ isRunning }) => isRunning).length,
    streams_active: pipelines.reduce((sum, it) => sum + it.activeStreams, 0),
  };
}

/** Returns the health checks of the application; `undefined` where it has no health endpoints. */
function checksOf({ get }: PluginContext): HealthChecks | undefined {
  try {
    return get(HealthChecks);
  } catch {
    return undefined;
  }
}
