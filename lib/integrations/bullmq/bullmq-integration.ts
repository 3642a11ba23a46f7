import type { Modules } from '../../instrumentation/binding/handler-explorer.js';
import { MethodDiscovery } from '../../instrumentation/binding/method-discovery.js';
import { MethodOverrides } from '../../instrumentation/calls/method-overrides.js';
import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import type { TracingObserver } from '../../kernel/call-tracer.js';
import type { Capability } from '../../kernel/capability.js';
import type { Faults } from '../../kernel/faults.js';
import { notify } from '../../kernel/hooks.js';
import type { Jobs } from '../../jobs/jobs.js';
import { processorsOf } from './processors.js';
import { type Queue, queueSource, queuesOf, workersOf } from './queues.js';

/** Dependencies of a {@link BullIntegration}. */
export interface BullDeps {
  readonly instrumentation: Instrumentation;
  readonly faults: Faults;
  readonly jobs: Jobs;
  /** Carries the trace context of producers, if tracing is enabled. */
  readonly tracing: TracingObserver | undefined;
  /** Calls the listener when the application begins to drain. */
  onDraining(listener: () => void): void;
}

/** Members of the job options that this library writes. */
interface AddOptions {
  readonly telemetry?: { readonly metadata?: unknown; readonly omitContext?: unknown };
}

/** Observes the processors and queues of `@nestjs/bullmq` and `@nestjs/bull` in one application. */
export class BullIntegration implements Capability {
  readonly name = 'bullmq';
  readonly #deps: BullDeps;
  readonly #modules: Modules;
  readonly #discovery: MethodDiscovery;
  readonly #overrides = new MethodOverrides();

  constructor(deps: BullDeps, modules: Modules) {
    this.#deps = deps;
    this.#modules = modules;
    this.#discovery = new MethodDiscovery({
      ...deps,
      component: 'jobs',
      find: (handlerClass) => processorsOf(handlerClass, deps.jobs.selection),
    });
    this.#discovery.observe(modules);
    deps.onDraining(() => notify(deps.faults, 'jobs', () => this.#pauseWorkers()));
  }

  /** {@inheritDoc Capability.init} */
  init(): void {
    const { faults } = this.#deps;
    this.#discovery.observe(this.#modules);
    for (const it of queuesOf(this.#modules)) notify(faults, 'jobs', () => this.#carryContext(it));
  }

  /** {@inheritDoc Capability.started} */
  started(): void {
    const { faults, jobs } = this.#deps;
    notify(faults, 'jobs', () => {
      for (const it of queuesOf(this.#modules))
        if (jobs.selection.accepts(it.name)) jobs.queues.add(queueSource(it));
      jobs.queues.start();
    });
  }

  /** {@inheritDoc Capability.stop} */
  stop(): void {
    this.#overrides.release();
  }

  /** Jobs under way finish, and no further ones begin. */
  #pauseWorkers(): void {
    for (const it of workersOf(this.#modules))
      void it.pause(true).catch((fault: unknown) => this.#deps.faults.report('jobs', fault));
  }

  /** Writes the trace context of the producer where BullMQ's own telemetry writes it, so that data does not change. */
  #carryContext(queue: Queue): void {
    const { tracing, faults } = this.#deps;
    if (tracing === undefined || queue.opts?.telemetry !== undefined) return;
    if (!('upsertJobScheduler' in queue)) return;
    const carried = (options: unknown) => {
      let result = options;
      notify(faults, 'trace_context', () => (result = withContext(options, tracing)));
      return result;
    };
    this.#overrides.method(
      queue,
      'add',
      (original) =>
        function (this: unknown, ...args) {
          const [name, data, options, ...rest] = args;
          return original.call(this, name, data, carried(options), ...rest);
        },
    );
    this.#overrides.method(
      queue,
      'addBulk',
      (original) =>
        function (this: unknown, jobs, ...rest) {
          const all = Array.isArray(jobs) ? (jobs as { readonly opts?: unknown }[]) : undefined;
          const added = all?.map((it) => ({ ...it, opts: carried(it.opts) })) ?? jobs;
          return original.call(this, added, ...rest);
        },
    );
  }
}

function withContext(options: unknown, tracing: TracingObserver): unknown {
  const { telemetry } = (options ?? {}) as AddOptions;
  if (telemetry?.metadata !== undefined || telemetry?.omitContext === true) return options;
  const carried = tracing.carry(undefined);
  if (typeof carried !== 'object' || carried === null) return options;
  const metadata = JSON.stringify(carried);
  return { ...(options as object | undefined), telemetry: { ...telemetry, metadata } };
}
