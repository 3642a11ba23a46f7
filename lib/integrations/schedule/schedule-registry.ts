import type { Modules } from '../../instrumentation/binding/handler-explorer.js';
import type { CronJob } from './cron-times.js';

/** `SchedulerRegistry` of `@nestjs/schedule`, with the members that this library uses. */
interface SchedulerRegistry {
  getCronJobs(): Map<string, CronJob>;
  deleteCronJob(name: string): void;
  getIntervals(): string[];
  deleteInterval(name: string): void;
  getTimeouts(): string[];
  deleteTimeout(name: string): void;
  doesExist?(type: string, name: string): boolean;
}

/** Record that the package keeps of a decorated job. */
interface CronRecord {
  readonly options?: unknown;
  readonly ref?: CronJob;
}

/** Parts of `@nestjs/schedule` in one application. */
export interface SchedulePackage {
  readonly registry: SchedulerRegistry;
  /** Returns the job of the method whose `@Cron` has these options. */
  jobOf(options: unknown, name: string | undefined): CronJob | undefined;
  /** Returns true for the name of a decorated job. */
  isDecorated(name: string): boolean;
}

/** Returns the registry among the providers, identified by name and shape. */
export function schedulePackageOf(modules: Modules): SchedulePackage | undefined {
  let registry: SchedulerRegistry | undefined;
  let orchestrator: { readonly cronJobs?: Readonly<Record<string, CronRecord>> } | undefined;
  for (const { providers } of modules) {
    for (const [token, { instance }] of providers) {
      if (typeof token !== 'function' || instance === null || instance === undefined) continue;
      if (token.name === 'SchedulerRegistry' && 'getCronJobs' in (instance as object))
        registry = instance as SchedulerRegistry;
      if (token.name === 'SchedulerOrchestrator') orchestrator = instance as typeof orchestrator;
    }
  }
  if (registry === undefined) return undefined;
  const found = registry;
  const records = () => orchestrator?.cronJobs ?? {};
  return {
    registry,
    jobOf(options, name) {
      const record = Object.entries(records()).find(([, it]) => it.options === options);
      const key = record?.[0] ?? name;
      // A job that was deleted is still in the record.
      return key === undefined ? undefined : found.getCronJobs().get(key);
    },
    isDecorated: (name) => Object.hasOwn(records(), name),
  };
}
