import type { HealthIndicatorService } from '@nestjs/terminus';
import { knowsDegraded } from './terminus-services.js';

/** A module as Nest holds it; the part that is used here. */
interface HeldModule {
  readonly metatype: unknown;
  readonly imports: Iterable<unknown>;
  readonly providers: Iterable<[unknown, { readonly instance?: unknown }]>;
}

/** What Terminus asks whether the application shuts down. */
interface Executor {
  isShuttingDown: boolean;
}

/**
 * Tells the executors of Terminus that the application shuts down, so that health checks of the application's own say so
 * as early as those of the library. Terminus itself learns of it only after modules have been destroyed.
 */
export function markExecutors(modules: Iterable<HeldModule>): void {
  for (const { providers } of modules)
    for (const [token, { instance }] of providers)
      if (isExecutor(token, instance)) instance.isShuttingDown = true;
}

/**
 * Takes the module of Terminus that the library brings along out of an application that imports one itself: one executor
 * answers all, with the application's options.
 *
 * @param importer - The module of the library that imports its own.
 */
export function dropSpareTerminus(modules: Map<string, HeldModule>, importer: unknown): void {
  const found = [...modules].filter(([, { providers }]) =>
    [...providers].some(([token]) => isExecutorClass(token)),
  );
  const holder = [...modules.values()].find((it) => it.metatype === importer);
  const own = new Set(holder?.imports);
  if (found.every(([, it]) => own.has(it))) return;
  for (const [token, it] of found) if (own.has(it)) modules.delete(token);
}

/** Whether indicators of the Terminus that the application has may say `degraded`; without one there is nobody to tell. */
export function terminusKnowsDegraded(modules: Iterable<HeldModule>): boolean {
  for (const { providers } of modules)
    for (const [token, { instance }] of providers)
      if (isIndicatorService(token, instance)) return knowsDegraded(instance);
  return true;
}

// By its name: whoever has the class has loaded the package.
function isIndicatorService(token: unknown, instance: unknown): instance is HealthIndicatorService {
  return (
    typeof token === 'function' &&
    token.name === 'HealthIndicatorService' &&
    typeof (instance as Partial<HealthIndicatorService> | null | undefined)?.check === 'function'
  );
}

function isExecutor(token: unknown, instance: unknown): instance is Executor {
  return (
    isExecutorClass(token) &&
    typeof (instance as Partial<Executor> | null | undefined)?.isShuttingDown === 'boolean'
  );
}

// The package does not export the class.
function isExecutorClass(token: unknown): boolean {
  return typeof token === 'function' && token.name === 'HealthCheckExecutor';
}
