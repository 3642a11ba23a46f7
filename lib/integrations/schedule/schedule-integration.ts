import type { DiscoveredMethod } from '../../instrumentation/binding/discovered-method.js';
import type { Modules } from '../../instrumentation/binding/handler-explorer.js';
import { MethodDiscovery } from '../../instrumentation/binding/method-discovery.js';
import { MethodOverrides } from '../../instrumentation/calls/method-overrides.js';
import { classNameOf } from '../../instrumentation/decorators/class-name.js';
import type { AnyFunction } from '../../instrumentation/decorators/function-identity.js';
import type { HandlerClass } from '../../instrumentation/decorators/handler-name.js';
import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import type { Capability } from '../../kernel/capability.js';
import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import { notify } from '../../kernel/hooks.js';
import type { Jobs } from '../../jobs/jobs.js';
import { jobKind } from '../../kinds/job.decorator.js';
import { type JobTimes, SCHEDULE } from '../../metrics/recorders/job-metrics.js';
import { type CronJob, longestPeriodSeconds, nextRunMs } from './cron-times.js';
import { type ScheduledMethod, scheduledMethodsOf } from './schedule-metadata.js';
import { type SchedulePackage, schedulePackageOf } from './schedule-registry.js';

/** Dependencies of an integration that finds work. */
export interface ScheduleDeps {
  readonly instrumentation: Instrumentation;
  readonly faults: Faults;
  readonly jobs: Jobs;
  readonly clock: Clock;
  /** Calls the listener when the drain begins to wait for work. */
  onDraining(listener: () => void): void;
}

type Times = readonly [job: string, times: JobTimes];

/**
 * Observes the jobs of `@nestjs/schedule` in one application: decorated methods, and cron jobs that the application adds
 * to the registry. The package swallows errors of jobs, so they are observed within.
 */
export class ScheduleIntegration implements Capability {
  readonly name = 'schedule';
  readonly #deps: ScheduleDeps;
  readonly #discovery: MethodDiscovery;
  readonly #overrides = new MethodOverrides();
  readonly #scheduled = new Map<DiscoveredMethod, ScheduledMethod>();
  readonly #added = new Map<string, CronJob>();
  readonly #periods = new WeakMap<CronJob, number | undefined>();
  readonly #modules: Modules;
  #package: SchedulePackage | undefined;
  #startedMs: number | undefined;

  constructor(deps: ScheduleDeps, modules: Modules) {
    this.#deps = deps;
    this.#modules = modules;
    this.#discovery = new MethodDiscovery({
      ...deps,
      component: 'jobs',
      find: (handlerClass) => this.#find(handlerClass),
    });
    this.#discovery.observe(modules);
    deps.onDraining(() => notify(deps.faults, 'jobs', () => this.#endSchedule()));
  }

  /** {@inheritDoc Capability.init} */
  init(): void {
    const { faults, jobs } = this.#deps;
    this.#discovery.observe(this.#modules);
    this.#package = schedulePackageOf(this.#modules);
    notify(faults, 'jobs', () => this.#observeAdded());
    jobs.addSchedule({ times: (lastStartMs) => this.#times(lastStartMs) });
  }

  /** {@inheritDoc Capability.started} */
  started(): void {
    this.#startedMs = this.#deps.clock.wallMs();
    void this.#measurePeriods();
  }

  /** {@inheritDoc Capability.stop} */
  stop(): void {
    this.#overrides.release();
    this.#package = undefined;
    this.#added.clear();
  }

  /** Begins no further run, as Nest does after the drain. Jobs that are excluded are left to Nest. */
  #endSchedule(): void {
    const { selection } = this.#deps.jobs;
    const { registry } = this.#package ?? {};
    if (registry === undefined || !selection.accepts(SCHEDULE)) return;
    const accepted = (names: Iterable<string>) => [...names].filter((it) => selection.accepts(it));
    for (const it of accepted(registry.getCronJobs().keys())) registry.deleteCronJob(it);
    for (const it of accepted(registry.getIntervals())) registry.deleteInterval(it);
    for (const it of accepted(registry.getTimeouts())) registry.deleteTimeout(it);
  }

  #find(handlerClass: HandlerClass): readonly DiscoveredMethod[] {
    const { selection } = this.#deps.jobs;
    return scheduledMethodsOf(handlerClass).flatMap((scheduled) => {
      const { key, name } = scheduled;
      const own = name ?? `${classNameOf(handlerClass).name}.${key}`;
      if (!selection.accepts(own) || !selection.accepts(SCHEDULE)) return [];
      // Several classes may have a method of one name: the package itself tells them apart.
      const options = { shared: true, ...(name !== undefined && { name }) };
      const method: DiscoveredMethod = { kind: jobKind, key, options };
      this.#scheduled.set(method, scheduled);
      return [method];
    });
  }

  #observeAdded(): void {
    const registry = this.#package?.registry;
    if (registry === undefined) return;
    for (const [name, job] of registry.getCronJobs()) this.#observeJob(name, job);
    const observe = (name: unknown, job: unknown) =>
      notify(this.#deps.faults, 'jobs', () => this.#observeJob(String(name), job as CronJob));
    this.#overrides.method(
      registry,
      'addCronJob',
      (original) =>
        function (this: unknown, ...args) {
          const added: unknown = original.call(this, ...args);
          observe(args[0], args[1]);
          return added;
        },
    );
  }

  /** Observes the callbacks of a job that the application has added itself. */
  #observeJob(name: string, job: CronJob): void {
    const { jobs } = this.#deps;
    const isDecorated = this.#package?.isDecorated(name) === true;
    if (isDecorated || !jobs.selection.accepts(name) || !jobs.selection.accepts(SCHEDULE)) return;
    const { _callbacks: callbacks } = job as { _callbacks?: unknown };
    if (!Array.isArray(callbacks)) return;
    const reported = jobs.selection.renamed(name);
    this.#added.set(reported, job);
    for (const [i, callback] of (callbacks as AnyFunction[]).entries()) {
      callbacks[i] = function (this: unknown, ...args: unknown[]): unknown {
        return jobs.run(reported, SCHEDULE, () => Reflect.apply(callback, this, args) as unknown);
      };
    }
    if (this.#startedMs !== undefined) void this.#measurePeriod(job);
  }

  *#times(lastStartMs: (job: string) => number | undefined): Iterable<Times> {
    const { instrumentation } = this.#deps;
    if (this.#package === undefined) return;
    const handlers = instrumentation.inventory.list().filter((it) => it.kind === jobKind);
    for (const [handlerClass, method] of this.#discovery.found()) {
      const scheduled = this.#scheduled.get(method);
      const handler = handlers.find(
        (it) => it.handlerClass === handlerClass && it.decoration.key === method.key,
      );
      if (scheduled === undefined || handler === undefined) continue;
      yield [handler.name, this.#timesOf(scheduled, lastStartMs(handler.name))];
    }
    for (const [name, job] of this.#added) {
      const isThere = [...this.#package.registry.getCronJobs().values()].includes(job);
      if (isThere) yield [name, this.#cronTimes(job)];
      else this.#added.delete(name);
    }
  }

  #timesOf({ type, name, cron, delayMs }: ScheduledMethod, lastMs: number | undefined): JobTimes {
    const none = { periodSeconds: undefined, nextRunMs: undefined };
    if (type === 'cron') {
      const job = this.#package?.jobOf(cron, name);
      return job === undefined ? none : this.#cronTimes(job);
    }
    const { registry } = this.#package ?? {};
    const isGone = name !== undefined && registry?.doesExist?.(type, name) === false;
    if (isGone || this.#startedMs === undefined || delayMs === undefined) return none;
    const isOver = type === 'timeout' && lastMs !== undefined;
    return {
      periodSeconds: type === 'interval' ? delayMs / 1_000 : undefined,
      nextRunMs: isOver ? undefined : (lastMs ?? this.#startedMs) + delayMs,
    };
  }

  #cronTimes(job: CronJob): JobTimes {
    return { periodSeconds: this.#periods.get(job), nextRunMs: nextRunMs(job) };
  }

  /** A period takes many looks at the calendar, so it is measured once per job, after the start. */
  async #measurePeriods(): Promise<void> {
    for (const job of this.#package?.registry.getCronJobs().values() ?? [])
      await this.#measurePeriod(job);
  }

  async #measurePeriod(job: CronJob): Promise<void> {
    try {
      this.#periods.set(job, await longestPeriodSeconds(job, this.#deps.clock.wallMs()));
    } catch (fault) {
      this.#deps.faults.report('jobs', fault);
    }
  }
}
