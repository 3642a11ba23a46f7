import { INSTRUMENTATION, type Instrumentation } from '../instrumentation/instrumentation.js';
import type { MetricRegistry } from '../metrics/registry.js';
import type { PluginContext } from '../plugins/plugin.js';
import { PipelineConnection, registerPipelines } from './connection.js';
import { EventPipeline } from './event-pipeline.js';
import { PipelineReports } from './health/pipeline-reports.js';
import type { PipelineLimits } from './health/pipeline-health.js';
import { nameOf } from './pipeline-parts.js';

/**
 * Pipelines of an application: inject it, and make the operators of each chain of rxjs with the pipeline that you name.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { Pipelines } from '@eventcore/nestjs-observability/pipelines';
 * import { filter, type Observable } from 'rxjs';
 *
 * interface Trade {
 *   readonly venue: string;
 *   readonly at: Date;
 * }
 *
 * @Injectable()
 * export class Trades {
 *   constructor(private readonly pipelines: Pipelines) {}
 *
 *   enriched(trades: Observable<Trade>) {
 *     const flow = this.pipelines.pipeline('trades');
 *     return flow.run(
 *       trades.pipe(
 *         flow.stream('trades', { eventTime: ({ at }: Trade) => at }),
 *         filter(flow.step('only_eu', ({ venue }: Trade) => venue === 'eu', { type: 'filter' })),
 *         flow.mergeMap('enrich', async (trade: Trade) => ({ ...trade, sector: 'tech' }), 4),
 *         flow.stream('enriched'),
 *       ),
 *     );
 *   }
 * }
 * ```
 */
export class Pipelines {
  readonly #connection = new PipelineConnection();
  readonly #registry: MetricRegistry;
  readonly #pipelines = new Map<string, EventPipeline>();
  #reports: PipelineReports | undefined;

  /** @internal */
  constructor(registry: MetricRegistry) {
    this.#registry = registry;
  }

  /**
   * Returns a pipeline; the same one for the same name.
   *
   * @param name - Value of the label `pipeline`, 1 to 128 characters with low cardinality.
   * @param limits - Limits of its health, which replace those of an earlier call.
   */
  pipeline(name: string, limits?: PipelineLimits): EventPipeline {
    const key = nameOf(name);
    let known = this.#pipelines.get(key);
    if (known === undefined) {
      known = new EventPipeline(key, this.#connection);
      this.#pipelines.set(key, known);
      this.#reports?.add(known);
    }
    if (limits !== undefined) known.watch.limits = this.#valid(limits);
    return known;
  }

  /** Returns the limits that are positive numbers. The others keep their defaults. */
  #valid(limits: PipelineLimits): PipelineLimits {
    const isValid = (it: unknown) => Number.isFinite(it) && Number(it) > 0;
    const valid = Object.entries(limits).filter(([, it]) => isValid(it));
    if (valid.length < Object.keys(limits).length)
      this.#connection.report(new TypeError('limits of a pipeline are numbers above 0'));
    return Object.fromEntries(valid);
  }

  /** @internal Names of the pipelines that have been asked for. */
  get names(): Iterable<string> {
    return this.#pipelines.keys();
  }

  /** @internal Begins to record. */
  start({ clock, namespace, report, get }: PluginContext): void {
    const instrumentation = get<Instrumentation>(INSTRUMENTATION);
    const instruments = registerPipelines(this.#registry, namespace);
    this.#connection.connect({ clock, instruments, instrumentation, report });
    this.#registry.onCollect(() => {
      const nowMs = clock.monotonicMs();
      const all = [...this.#pipelines.values()];
      for (const it of all) it.publish(instruments, nowMs);
      instruments.pipelines.active.set(all.filter(({ isRunning }) => isRunning).length);
    });
  }

  /** @internal Begins to report health. */
  reported(context: PluginContext): void {
    this.#reports = new PipelineReports(context, this.#pipelines);
  }

  /** @internal Resolves when the work that is known to end has ended. */
  drained(): Promise<void> {
    return this.#connection.works.ended();
  }

  /** @internal Stops recording. */
  stop(): void {
    this.#reports?.stop();
    this.#reports = undefined;
    this.#connection.connect(undefined);
  }
}
