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
import { systemTimers, type Timers } from '../kernel/timers.js';

/** What the projections of an application work with. */
export interface ProjectionsDeps {
  readonly registry: MetricRegistry;
  readonly naming: CatalogueNaming;
  readonly metrics: ProjectionMetrics;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Time between two observations. */
  readonly periodMs: number;
  /** Time that a source has for one answer. */
  readonly timeoutMs: number;
  /** Whether anything is published; who waits for a position is served all the same. */
  readonly enabled: boolean;
  /** @defaultValue those of the process */
  readonly timers?: Timers;
  /** @defaultValue `Math.random` */
  readonly random?: () => number;
}

/** One projection. */
export interface ProjectionEntry {
  readonly tracker: ProjectionModel;
  readonly metrics: ProjectionObserver;
  readonly series: ProgressSeries | undefined;
}

// A name that comes from data must not fill the memory.
const MAX_PROJECTIONS = 10_000;

/** The projections of one application. */
export class Projections implements Observer {
  readonly observer: ProgressPoller;
  readonly #parts: ProjectionsDeps;
  readonly #gauges: ProgressGauges;
  readonly #waiters: PositionWaiters;
  readonly #byName = new Map<string, ProjectionEntry>();

  constructor(parts: ProjectionsDeps) {
    const { registry, naming, timers = systemTimers, random = Math.random } = parts;
    this.#parts = parts;
    this.#gauges = new ProgressGauges(registry, naming);
    this.#waiters = new PositionWaiters(timers);
    this.observer = new ProgressPoller({
      ...parts,
      timers,
      random,
      trackers: () => this.#observed(),
      awaited: () => this.#waiters.awaited(),
      onUnreadable: (name) => this.#byName.get(name)?.series?.observationErrors.inc(),
    });
    if (parts.enabled) registry.onCollect(() => this.#publish());
  }

  /** Whether anything is published. */
  get isEnabled(): boolean {
    return this.#parts.enabled;
  }

  /** Whether nobody has mentioned any. */
  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  /** {@inheritDoc Observer.bind} */
  bind(handler: HandlerIdentity): HandlerObserver {
    const { clock, faults } = this.#parts;
    const metrics = this.#parts.metrics.bind(handler);
    const { tracker } = this.of(handler.name);
    return new TrackedHandler({ tracker, metrics, clock, faults });
  }

  /** The projection of that name; one that nobody has heard of begins to be known. */
  of(name: string): ProjectionEntry {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const made = this.#make(name);
    if (this.#byName.size < MAX_PROJECTIONS) this.#byName.set(name, made);
    return made;
  }

  /** Says how a projection is observed; what is not named stays. */
  configure(name: string, settings: ProjectionSettings): void {
    const { tracker, series } = this.of(name);
    tracker.configure(settings);
    const { head, checkpoint } = tracker.settings;
    // At 0 before the first error.
    if (this.#parts.enabled && (head ?? checkpoint) !== undefined) series?.observationErrors.inc(0);
  }

  /** Tells how far a projection is when it handles an event. */
  readerOf(name: string): ProgressReader {
    const { tracker } = this.of(name);
    return () => tracker.handling();
  }

  /** How far a projection is; `undefined` for one that nobody has heard of. */
  progressOf(name: string): ProjectionProgress | undefined {
    return this.#byName.get(name)?.tracker.progress();
  }

  /** How far all projections are. */
  progress(): ProjectionProgress[] {
    return [...this.#byName.values()].map(({ tracker }) => tracker.progress());
  }

  /** Whether those of this process that have a source to ask are at the head, apart from what was paused or stopped. */
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

  /** Begins to observe. */
  start(): void {
    this.observer.start();
  }

  /** Ends everything. */
  stop(): void {
    this.observer.stop();
    this.#waiters.stop();
  }

  #make(name: string): ProjectionEntry {
    const { clock, faults, periodMs, metrics } = this.#parts;
    let recorder: ProjectionObserver | undefined;
    const recorded = () => (recorder ??= metrics.recorder(name));
    const tracker: ProjectionModel = new ProjectionModel(name, {
      clock,
      faults,
      periodMs,
      onRebuild: (isRebuilding) => recorded().setMode(isRebuilding ? 'rebuild' : 'live'),
      onCheckpoint: () => tracker.isAwaited && this.#waiters.check(tracker),
    });
    const series = this.#gauges.of(name);
    return {
      tracker,
      series,
      // A process that only waits for a projection has no counters of it.
      get metrics() {
        return recorded();
      },
    };
  }

  /** Those that this process owns or somebody waits for, and that have a source to ask. */
  #observed(): ProjectionModel[] {
    return [...this.#byName.values()]
      .map(({ tracker }) => tracker)
      .filter((it) => (it.settings.head ?? it.settings.checkpoint) !== undefined)
      .filter((it) => (this.#parts.enabled && it.isOwned()) || it.isAwaited);
  }

  #publish(): void {
    for (const [name, projected] of this.#byName) {
      const { tracker, series } = projected;
      const progress = tracker.progress();
      series?.publish(progress.owned ? progress : undefined);
      // At 0 before there is anything to count, and only where something may be.
      if (progress.owned) void projected.metrics;
      this.#parts.metrics.setRunning(name, progress.owned && !tracker.isStopped);
    }
  }
}
