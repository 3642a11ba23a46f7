import type { Clock } from '../kernel/clock.js';
import type { Faults } from '../kernel/faults.js';
import { withinTime } from '../kernel/time-limit.js';
import type { Timers } from '../kernel/timers.js';
import { queueMetrics } from '../metrics/catalogue/integrations/jobs.js';
import {
  type CatalogueInstruments,
  type CatalogueNaming,
  registerCatalogue,
} from '../metrics/recorders/catalogue-instruments.js';
import type { MetricRegistry } from '../metrics/registry.js';

/** Reading of a queue. */
export interface QueueReading {
  /** Number of jobs by state. */
  readonly jobs: Readonly<Record<string, number>>;
  /** Unix time in milliseconds from which the oldest waiting job could run; `undefined` when no job waits. */
  readonly oldestWaitingMs: number | undefined;
}

/** A queue that can be read. */
export interface QueueSource {
  /** Value of the label `queue`. */
  readonly name: string;
  read(): Promise<QueueReading>;
}

/** Dependencies of a {@link QueuePoller}. */
export interface QueuePollerDeps {
  readonly registry: MetricRegistry;
  readonly naming: CatalogueNaming;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly faults: Faults;
  /** Period of the readings in milliseconds. */
  readonly periodMs: number;
  /** Returns a random number, 0 to below 1. */
  random(): number;
}

// Spreads the readings of processes that started together.
const JITTER = 0.1;
const SILENT_PERIODS = 3;

/**
 * Reads queues in the background, each one reading at a time. A scrape never reads. A queue that has not answered for
 * three periods has no gauges.
 */
export class QueuePoller {
  readonly #deps: QueuePollerDeps;
  readonly #queues = new Map<string, ObservedQueue>();
  #metrics: CatalogueInstruments<typeof queueMetrics> | undefined;
  #cancel: (() => void) | undefined;

  constructor(deps: QueuePollerDeps) {
    this.#deps = deps;
  }

  /** True if there is no queue. */
  get isEmpty(): boolean {
    return this.#queues.size === 0;
  }

  /** Adds a queue. Of several of one name, the first is read: they show the same jobs. */
  add(source: QueueSource): void {
    if (this.#queues.has(source.name)) return;
    const { registry, naming } = this.#deps;
    const { namespace } = naming;
    this.#metrics ??= registerCatalogue(registry, queueMetrics, { namespace });
    this.#queues.set(source.name, new ObservedQueue(source, this.#metrics, this.#deps));
    if (this.#cancel !== undefined) void this.#queues.get(source.name)?.look();
  }

  /** Starts, with an immediate first reading. */
  start(): void {
    if (this.#cancel === undefined && !this.isEmpty) this.#after(0);
  }

  /** Stops. Later answers are dropped. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const it of this.#queues.values()) it.stop();
    this.#queues.clear();
  }

  #after(delayMs: number): void {
    const { timers, periodMs, random } = this.#deps;
    this.#cancel = timers.after(delayMs, () => {
      for (const it of this.#queues.values()) void it.look();
      this.#after(periodMs * (1 - JITTER + 2 * JITTER * random()));
    });
  }
}

class ObservedQueue {
  readonly #source: QueueSource;
  readonly #metrics: CatalogueInstruments<typeof queueMetrics>;
  readonly #deps: QueuePollerDeps;
  readonly #states = new Set<string>();
  #running: Promise<QueueReading> | undefined;
  #isStopped = false;
  #answeredMs: number;

  constructor(
    source: QueueSource,
    metrics: CatalogueInstruments<typeof queueMetrics>,
    deps: QueuePollerDeps,
  ) {
    this.#source = source;
    this.#metrics = metrics;
    this.#deps = deps;
    this.#answeredMs = deps.clock.monotonicMs();
    metrics.errors.labels({ queue: source.name }).inc(0);
  }

  /** Reads the queue once. Never rejects. */
  async look(): Promise<void> {
    const { clock, faults, periodMs } = this.#deps;
    try {
      const reading = await this.#read();
      if (this.#isStopped) return;
      this.#publish(reading);
      this.#answeredMs = clock.monotonicMs();
    } catch (fault) {
      if (this.#isStopped) return;
      faults.report('jobs', fault);
      this.#metrics.errors.labels({ queue: this.#source.name }).inc();
      const silentMs = clock.monotonicMs() - this.#answeredMs;
      if (silentMs >= (SILENT_PERIODS - JITTER * 2) * periodMs) this.#withdraw();
    }
  }

  stop(): void {
    this.#isStopped = true;
    this.#withdraw();
  }

  /** A client without a connection answers when it has one again: a further question would only wait behind the first. */
  #read(): Promise<QueueReading> {
    const { timers, periodMs } = this.#deps;
    const { name } = this.#source;
    if (this.#running !== undefined) throw new Error(`queue ${name} has not answered yet`);
    const running = this.#source.read().finally(() => (this.#running = undefined));
    this.#running = running;
    return withinTime(running, { limitMs: periodMs, timers }, () => {
      return new Error(`queue ${name} does not answer`);
    });
  }

  #publish({ jobs, oldestWaitingMs }: QueueReading): void {
    const queue = this.#source.name;
    const { clock } = this.#deps;
    for (const [state, count] of Object.entries(jobs)) {
      this.#states.add(state);
      this.#metrics.jobs.labels({ queue, state }).set(count);
    }
    const ageMs = oldestWaitingMs === undefined ? 0 : clock.wallMs() - oldestWaitingMs;
    this.#metrics.oldestWaiting.labels({ queue }).set(Math.max(0, ageMs) / 1_000);
  }

  #withdraw(): void {
    const queue = this.#source.name;
    for (const state of this.#states) this.#metrics.jobs.remove({ queue, state });
    this.#states.clear();
    this.#metrics.oldestWaiting.remove({ queue });
  }
}
