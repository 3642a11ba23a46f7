import { runObserved } from '../instrumentation/calls/observed-work.js';
import type { HandlerBinding } from '../instrumentation/binding/handler-binding.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import { textName } from '../kernel/faults.js';
import { OTHER } from '../kernel/label.js';
import { systemTimers, type Timers } from '../kernel/timers.js';
import { jobKind } from '../kinds/job.decorator.js';
import type { HandlerMetrics } from '../metrics/recorders/handler-metrics.js';
import type { JobTimes } from '../metrics/recorders/job-metrics.js';
import { JOB_NAME_LIMIT, JobSelection, type JobsOptions } from './jobs-options.js';
import { QueuePoller, type QueuePollerDeps } from './queue-poller.js';

/** Dependencies of {@link Jobs}. */
export interface JobsDeps extends Omit<QueuePollerDeps, 'periodMs' | 'timers' | 'random'> {
  /** @defaultValue the system timers */
  readonly timers?: Timers;
  /** @defaultValue `Math.random` */
  readonly random?: () => number;
  readonly handlers: HandlerMetrics;
  readonly instrumentation: Instrumentation;
  readonly options: JobsOptions;
}

/** Scheduled jobs whose times are known. */
export interface ScheduleSource {
  /**
   * Returns the times of all jobs. It is called for each snapshot.
   *
   * @param lastStartMs - Returns the Unix time in milliseconds of the last start of a job.
   */
  times(lastStartMs: (job: string) => number | undefined): Iterable<readonly [string, JobTimes]>;
}

const DEFAULT_PERIOD_MS = 15_000;
const NONE: JobTimes = { periodSeconds: undefined, nextRunMs: undefined };

/** Jobs of one application: their names, their times, their queues. */
export class Jobs {
  readonly selection: JobSelection;
  readonly queues: QueuePoller;
  readonly #deps: JobsDeps;
  readonly #bindings = new Map<string, HandlerBinding | undefined>();
  readonly #schedules: ScheduleSource[] = [];
  #timed = new Set<string>();

  constructor(deps: JobsDeps) {
    const { options, timers = systemTimers, random = Math.random } = deps;
    this.#deps = deps;
    this.selection = new JobSelection(options);
    this.queues = new QueuePoller({
      ...deps,
      periodMs: options.periodMs ?? DEFAULT_PERIOD_MS,
      timers,
      random,
    });
  }

  /** True if the times of scheduled jobs are known. */
  get hasSchedule(): boolean {
    return this.#schedules.length > 0;
  }

  /** Publishes the times of scheduled jobs with each snapshot. */
  addSchedule(source: ScheduleSource): void {
    if (this.#schedules.length === 0) this.#deps.registry.onCollect(() => this.#publish());
    this.#schedules.push(source);
  }

  /** Runs a job that has no method of its own. */
  run<T>(job: string, queue: string, work: () => T): T {
    const { faults } = this.#deps;
    const binding = this.#bindingOf(textName(job, faults), textName(queue, faults));
    return binding === undefined ? work() : runObserved(binding, work);
  }

  /** Stops. */
  stop(): void {
    this.queues.stop();
    this.#schedules.length = 0;
    this.#bindings.clear();
  }

  #bindingOf(job: string, queue: string): HandlerBinding | undefined {
    const key = JSON.stringify([queue, job]);
    const known = this.#bindings.get(key);
    if (known !== undefined) return known;
    const isFull = job !== OTHER && this.#bindings.size >= JOB_NAME_LIMIT;
    if (isFull) return this.#bindingOf(OTHER, queue);
    const identity = { kind: jobKind, name: job, labels: { queue } };
    const made = this.#deps.instrumentation.bindWork(identity, { isTraced: true });
    if (made !== undefined) this.#bindings.set(key, made);
    return made;
  }

  #publish(): void {
    const metrics = this.#deps.handlers.of(jobKind);
    const timed = new Set<string>();
    for (const source of this.#schedules) {
      for (const [job, times] of source.times((it) => metrics.lastStartMs(it))) {
        metrics.schedule(job, times);
        timed.add(job);
      }
    }
    for (const it of this.#timed) if (!timed.has(it)) metrics.schedule(it, NONE);
    this.#timed = timed;
  }
}
