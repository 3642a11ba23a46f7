import { textName } from '../kernel/faults.js';
import { notify } from '../kernel/hooks.js';
import {
  type Checkpoint,
  checkedCheckpoint,
  checkedPartition,
  checkedPosition,
  type Position,
} from './position.js';
import type { ProjectionProgress } from './projection-progress.js';
import { checkedSettings, type ProjectionSettings } from './projection-settings.js';
import type { ProjectionModel } from './model/projection-model.js';
import type { ProjectionEntry, Projections } from './projections.js';

/**
 * Records progress that only the runner of a projection knows and its handlers do not.
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
    this.#projected = projections.of(textName(name, projections.faults));
  }

  /**
   * Configures the observation of the projection when it becomes known only at run time. Settings that are omitted keep
   * their values.
   *
   * @param settings - Sources are objects here, unlike in the decorator.
   */
  observe(settings: ProjectionSettings): void {
    this.#guard(() =>
      this.#projections.configure(this.#projected.tracker.name, checkedSettings(settings)),
    );
  }

  /**
   * Records a committed checkpoint: everything up to it is applied and survives a restart. From then on the checkpoint
   * ignores positions that handlers report.
   *
   * @param position - A vector names every partition that has a checkpoint; `null` resets the projection to the
   * beginning.
   * @param partition - Partition of the position, when the projection has several.
   */
  checkpoint(position: Checkpoint, partition?: string): void {
    this.#guard(() =>
      this.#tracker.commit(checkedCheckpoint(position), checkedPartition(partition)),
    );
  }

  /**
   * Counts events that do not concern this projection, or that it had applied before.
   *
   * @param events - Number of events, 0 or more. @defaultValue 1
   */
  skipped(events = 1): void {
    this.#record((metrics) => metrics.skipped(events));
  }

  /** Counts a retry after a handler failed. */
  retried(): void {
    this.#record((metrics) => metrics.retried());
  }

  /**
   * Counts events that the projection gave up on and left behind.
   *
   * @param events - The event, or a number of events, 0 or more. @defaultValue 1
   */
  deadLettered(events: unknown = 1): void {
    this.#tracker.faulted(false);
    // A bigint is no event, and a counter refuses it.
    const isCount = typeof events === 'number' || typeof events === 'bigint';
    this.#record((metrics) => metrics.deadLettered(isCount ? (events as number) : 1));
  }

  /**
   * Records an iteration of the loop that feeds the projection, with or without events. A loop that stops polling makes
   * the projection stalled.
   */
  polled(): void {
    this.#tracker.polled();
  }

  /** Marks the projection as paused until {@link ProjectionRecorder.resume}. A paused projection is not stalled. */
  pause(): void {
    this.#tracker.halt('paused');
  }

  /** Marks the projection as stopped. */
  stop(): void {
    this.#tracker.halt('stopped');
  }

  /** Marks the projection as running again. */
  resume(): void {
    this.#tracker.resume();
  }

  /**
   * Starts a rebuild. Its events count as `mode="rebuild"` and are excluded from latency. The rebuild ends when the
   * checkpoint, after having been seen below the target, reaches the target.
   *
   * @param target - End of the replay: the head, or the checkpoint, at the start of the rebuild.
   */
  beginRebuild(target: Position): void {
    this.#guard(() => this.#tracker.beginRebuild(checkedPosition(target)));
  }

  /** Ends the rebuild, even if the checkpoint has not been seen reaching the target. */
  completeRebuild(): void {
    this.#tracker.completeRebuild();
  }

  /** Returns the current progress. */
  progress(): ProjectionProgress {
    return this.#projected.tracker.progress();
  }

  /**
   * Checks ownership first: a change of ownership clears the previous state, and must not clear the record that
   * follows.
   */
  get #tracker(): ProjectionModel {
    const { tracker } = this.#projected;
    tracker.isOwned();
    return tracker;
  }

  #record(record: (metrics: ProjectionEntry['metrics']) => void): void {
    this.#guard(() => this.#projections.isEnabled && record(this.#projected.metrics));
  }

  /** A projection runner passes what its store returns, and must not fail because it is observed. */
  #guard(record: () => unknown): void {
    notify(this.#projections.faults, 'projection', record);
  }
}
