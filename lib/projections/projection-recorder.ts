import type { Checkpoint, Position } from './position.js';
import type { ProjectionProgress } from './projection-progress.js';
import type { ProjectionSettings } from './projection-settings.js';
import type { ProjectionModel } from './model/projection-model.js';
import type { ProjectionEntry, Projections } from './projections.js';

/**
 * What the runner of a projection knows and its handlers do not.
 *
 * @example
 * ```ts
 * import type { ObservabilityService } from '@eventcore/nestjs-observability';
 *
 * export async function run(
 *   observability: ObservabilityService,
 *   nextBatch: () => Promise<{ last: number; apply(): Promise<void> } | undefined>,
 * ) {
 *   const projection = observability.projection('daily_revenue');
 *   for (let batch = await nextBatch(); batch !== undefined; batch = await nextBatch()) {
 *     projection.polled();
 *     await batch.apply();
 *     projection.checkpoint(batch.last);
 *   }
 * }
 * ```
 */
export class ProjectionRecorder {
  readonly #projections: Projections;
  readonly #projected: ProjectionEntry;

  /** @internal */
  constructor(projections: Projections, name: string) {
    this.#projections = projections;
    this.#projected = projections.of(name);
  }

  /**
   * Says how the projection is observed, when that is not known before the application runs. What is not named stays.
   *
   * @param settings - Sources as objects, unlike in the decorator.
   */
  observe(settings: ProjectionSettings): void {
    this.#projections.configure(this.#projected.tracker.name, settings);
  }

  /**
   * A position is committed: everything up to it is applied, now and after a restart. With it, positions that handlers
   * report say nothing about that any more.
   *
   * @param position - A vector names every partition that has a checkpoint; `null` for none: the projection begins anew.
   * @param partition - Partition, when the projection has several and the position is that of one.
   */
  checkpoint(position: Checkpoint, partition?: string): void {
    this.#tracker.commit(position, partition);
  }

  /**
   * Events that were not for this projection, or that it had applied before.
   *
   * @param events - 0 or more. @defaultValue 1
   */
  skipped(events = 1): void {
    this.#record((metrics) => metrics.skipped(events));
  }

  /** The handling of an event failed and is tried again. */
  retried(): void {
    this.#record((metrics) => metrics.retried());
  }

  /**
   * Events that the projection gave up on; it goes on without them.
   *
   * @param events - The event, or a number of events, 0 or more. @defaultValue 1
   */
  deadLettered(events: unknown = 1): void {
    this.#tracker.faulted(false);
    this.#record((metrics) => metrics.deadLettered(typeof events === 'number' ? events : 1));
  }

  /** The loop that feeds the projection turned, with or without events: one that does not any more is stalled. */
  polled(): void {
    this.#tracker.polled();
  }

  /** The projection handles no events until {@link ProjectionRecorder.resume}, by intention: it is not stalled. */
  pause(): void {
    this.#tracker.halt('paused');
  }

  /** The projection handles no events any more, by intention. */
  stop(): void {
    this.#tracker.halt('stopped');
  }

  /** The projection handles events again. */
  resume(): void {
    this.#tracker.resume();
  }

  /**
   * The projection is replayed: its events count as `mode="rebuild"` and say nothing about latency. It ends when the
   * checkpoint, having been seen below the target, reaches it.
   *
   * @param target - Where the replay ends: the head, or the checkpoint, when it began.
   */
  beginRebuild(target: Position): void {
    this.#tracker.beginRebuild(target);
  }

  /** The replay is over, whether anybody saw it reach its target or not. */
  completeRebuild(): void {
    this.#tracker.completeRebuild();
  }

  /** How far the projection is now. */
  progress(): ProjectionProgress {
    return this.#projected.tracker.progress();
  }

  /** Who has just taken the projection over forgets what was before, and not what it says next. */
  get #tracker(): ProjectionModel {
    const { tracker } = this.#projected;
    tracker.isOwned();
    return tracker;
  }

  #record(tell: (metrics: ProjectionEntry['metrics']) => void): void {
    if (this.#projections.isEnabled) tell(this.#projected.metrics);
  }
}
