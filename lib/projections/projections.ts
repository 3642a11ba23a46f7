import type { Clock } from '../kernel/clock.js';
import type { Faults } from '../kernel/faults.js';
import type {
  HandlerIdentity,
  HandlerObserver,
  Observer,
  ProgressReader,
} from '../kernel/observer.js';
import type { CatalogueNaming } from '../metrics/recorders/catalogue-instruments.js';
import type {
  ProjectionMetrics,
  ProjectionObserver,
} from '../metrics/recorders/projection-metrics.js';
import type { MetricRegistry } from '../metrics/registry.js';
import { PositionWaiters, type WaitOptions } from './model/position-waiters.js';
import { ProjectionModel } from './model/projection-model.js';
import { TrackedHandler } from './model/tracked-handler.js';
import type { Position } from './position.js';
import type { ProjectionProgress } from './projection-progress.js';
import type { ProjectionSettings } from './projection-settings.js';
import { ProgressGauges, type ProgressSeries } from './publishing/progress-gauges.js';
import { ProgressPoller } from './publishing/progress-poller.js';
import { StateChanges } from '../kernel/state-changes.js';
import { systemTimers, type Timers } from '../kernel/timers.js';

/** Dependencies of {@link Projections}. */
export interface ProjectionsDeps {
  readonly registry: MetricRegistry;
  readonly naming: CatalogueNaming;
  readonly metrics: ProjectionMetrics;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Interval between two polls, in milliseconds. */
  readonly periodMs: number;
  /** Time limit for one answer of a source, in milliseconds. */
  readonly timeoutMs: number;
  /** False disables publishing; waits for positions still work. */
  readonly enabled: boolean;
  /** @defaultValue the system timers */
  readonly timers?: Timers;
  /** @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** A projection with its metrics. */
export interface ProjectionEntry {
  readonly tracker: ProjectionModel;
  readonly metrics: ProjectionObserver;
  readonly series: ProgressSeries | undefined;
}

// Bounds memory if projection names come from data.
const MAX_PROJECTIONS = 10_000;

/** Registry of the projections of one application. */
export class Projections implements Observer {
  /** Changes of states and rebuilds, and projections that stall. */
  readonly changes = new StateChanges();
  readonly observer: ProgressPoller;
  readonly #deps: ProjectionsDeps;
  readonly #gauges: ProgressGauges;
  readonly #waiters: PositionWaiters;
  readonly #byName = new Map<string, ProjectionEntry>();
  readonly #stalled = new Set<string>();

  constructor(deps: ProjectionsDeps) {
    const { registry, naming, timers = systemTimers, random = Math.random } = deps;
    this.#deps = deps;
    this.#gauges = new ProgressGauges(registry, naming);
    this.#waiters = new PositionWaiters(timers);
    this.observer = new ProgressPoller({
      ...deps,
      timers,
      random,
      trackers: () => this.#observed(),
      awaited: () => this.#waiters.awaited(),
      onRound: (trackers) => this.changes.isHeard && trackers.forEach((it) => this.#tellStall(it)),
      onUnreadable: (name) => this.#byName.get(name)?.series?.observationErrors.inc(),
    });
    if (deps.enabled) registry.onCollect(() => this.#publish());
  }

  /** Receives what callers do wrong. */
  get faults(): Faults {
    return this.#deps.faults;
  }

  /** True when metrics are published. */
  get isEnabled(): boolean {
    return this.#deps.enabled;
  }

  /** True when no projection is known. */
  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  /** {@inheritDoc Observer.bind} */
  bind(handler: HandlerIdentity): HandlerObserver {
    const { clock, faults } = this.#deps;
    const metrics = this.#deps.metrics.bind(handler);
    const { tracker } = this.of(handler.name);
    return new TrackedHandler({ tracker, metrics, clock, faults });
  }

  /** Returns the projection of that name, and registers an unknown one. */
  of(name: string): ProjectionEntry {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const made = this.#make(name);
    if (this.#byName.size < MAX_PROJECTIONS) this.#byName.set(name, made);
    return made;
  }

  /** Changes the settings of a projection. Omitted settings keep their values. */
  configure(name: string, settings: ProjectionSettings): void {
    const { tracker, series } = this.of(name);
    tracker.configure(settings);
    const { head, checkpoint } = tracker.settings;
    // Exports the counter at 0 before the first error.
    if (this.#deps.enabled && (head ?? checkpoint) !== undefined) series?.observationErrors.inc(0);
  }

  /** Returns a reader of the progress at the time of a handler call. */
  readerOf(name: string): ProgressReader {
    const { tracker } = this.of(name);
    return () => tracker.handling();
  }

  /** Returns the progress of a projection; `undefined` for an unknown name. */
  progressOf(name: string): ProjectionProgress | undefined {
    return this.#byName.get(name)?.tracker.progress();
  }

  /** Returns the progress of all projections. */
  progress(): ProjectionProgress[] {
    return [...this.#byName.values()].map(({ tracker }) => tracker.progress());
  }

  /**
   * Returns true when every observed projection of this process has reached its head; paused and stopped projections
   * count as settled.
   */
  haveCaughtUp(): boolean {
    const settled = ['live', 'paused', 'stopped'];
    return this.#observed().every((it) => !it.isOwned() || settled.includes(it.progress().state));
  }

  /** {@inheritDoc PositionWaiters.wait} */
  async wait(name: string, position: Position, options: WaitOptions): Promise<void> {
    const { tracker } = this.of(name);
    const wait = this.#waiters.wait(tracker, position, options);
    if (tracker.isAwaited) this.observer.hurry();
    await wait;
  }

  /** Starts polling the sources. */
  start(): void {
    this.observer.start();
  }

  /** Stops polling and ends all waits. */
  stop(): void {
    this.observer.stop();
    this.#waiters.stop();
  }

  #make(name: string): ProjectionEntry {
    const { clock, faults, periodMs, metrics } = this.#deps;
    let recorder: ProjectionObserver | undefined;
    const recorded = () => (recorder ??= metrics.recorder(name));
    const tracker: ProjectionModel = new ProjectionModel(name, {
      clock,
      faults,
      periodMs,
      onRebuild: (isRebuilding) => {
        recorded().setMode(isRebuilding ? 'rebuild' : 'live');
        this.changes.tell({ subject: 'rebuild', name, to: isRebuilding ? 'running' : 'ended' });
      },
      onState: (to, from) => this.changes.tell({ subject: 'projection', name, from, to }),
      onCheckpoint: () => tracker.isAwaited && this.#waiters.check(tracker),
    });
    const series = this.#gauges.of(name);
    return {
      tracker,
      series,
      // Created on first access: a process that only waits for a projection has no counters of it.
      get metrics() {
        return recorded();
      },
    };
  }

  /** Returns the projections with a source that this process owns or that have waiters. */
  #observed(): ProjectionModel[] {
    return [...this.#byName.values()]
      .map(({ tracker }) => tracker)
      .filter((it) => (it.settings.head ?? it.settings.checkpoint) !== undefined)
      .filter((it) => (this.#deps.enabled && it.isOwned()) || it.isAwaited);
  }

  #tellStall(tracker: ProjectionModel): void {
    const { name } = tracker;
    const { stalled: isStalled, lagSeconds } = tracker.progress();
    if (isStalled === this.#stalled.has(name)) return;
    if (isStalled) this.#stalled.add(name);
    else this.#stalled.delete(name);
    const facts = { lag_seconds: lagSeconds };
    this.changes.tell({ subject: 'progress', name, to: isStalled ? 'stalled' : 'moving', facts });
  }

  #publish(): void {
    for (const [name, projected] of this.#byName) {
      const { tracker, series } = projected;
      const progress = tracker.progress();
      series?.publish(progress.owned ? progress : undefined);
      // Creates the counters at 0, and only in the process that owns the projection.
      if (progress.owned) void projected.metrics;
      this.#deps.metrics.setRunning(name, progress.owned && !tracker.isStopped);
    }
  }
}
