import type { ModulesContainer } from '@nestjs/core';
import type { Modules } from '../instrumentation/binding/handler-explorer.js';
import type { Capability } from '../kernel/capability.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import type { Jobs } from '../jobs/jobs.js';
import type { TracingObserver } from '../kernel/call-tracer.js';
import type { Clock } from '../kernel/clock.js';
import type { Faults } from '../kernel/faults.js';
import type { Drain } from '../shutdown/drain.js';
import type { ObservabilityOptions } from './options/observability-options.js';

/** Recording components of the application, as far as integrations use them. */
export interface WorkDeps {
  readonly instrumentation: Instrumentation;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly jobs: Jobs;
  readonly drain: Drain;
  /** Spans, and the plugins that follow calls. */
  readonly following: TracingObserver | undefined;
}

/** Observes the work of a package in one application. It is created before the instances of the application. */
export type WorkIntegration = (deps: WorkDeps, modules: Modules) => Capability;

interface Work {
  /** Names of the modules of the package. */
  readonly modules: readonly string[];
  isOn(options: ObservabilityOptions): boolean;
  load(): Promise<WorkIntegration>;
}

const WORKS: readonly Work[] = [
  {
    modules: ['ScheduleModule'],
    isOn: ({ jobs }) => jobs !== false,
    load: async () => {
      const { ScheduleIntegration } =
        await import('../integrations/schedule/schedule-integration.js');
      return (deps, modules) => new ScheduleIntegration(deps, modules);
    },
  },
  {
    modules: ['BullModule'],
    isOn: ({ jobs }) => jobs !== false,
    load: async () => {
      const { BullIntegration } = await import('../integrations/bullmq/bullmq-integration.js');
      return (deps, modules) => {
        const { instrumentation, faults, jobs, following: tracing, drain } = deps;
        const onDraining = (listener: () => void) =>
          drain.onPhase((phase) => {
            if (phase === 'draining' && drain.options !== false) listener();
            if (phase === 'drained') jobs.queues.stop();
          });
        return new BullIntegration({ instrumentation, faults, jobs, tracing, onDraining }, modules);
      };
    },
  },
];

/** Loads the integrations of the packages whose modules the application imports. */
export async function loadWorks(
  modules: Modules,
  options: ObservabilityOptions,
): Promise<readonly WorkIntegration[]> {
  const names = new Set([...modules].map(({ metatype }) => metatype?.name));
  const used = WORKS.filter(
    (it) => it.isOn(options) && it.modules.some((module) => names.has(module)),
  );
  return Promise.all(used.map((it) => it.load()));
}

/** The integrations of one application, and the jobs that they have found. */
export function workIntegrations(
  works: readonly WorkIntegration[],
  deps: WorkDeps,
  modules: ModulesContainer,
): Capability[] {
  const all = [...modules.values()];
  return [
    ...works.map((create) => create(deps, all)),
    { name: 'jobs', stop: () => deps.jobs.stop() },
  ];
}
