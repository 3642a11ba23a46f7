import type { HealthIndicatorService } from '@nestjs/terminus';
import { knowsDegraded } from './terminus-services.js';

/** Part of Nest's module wrapper that is used. */
interface HeldModule {
  readonly metatype: unknown;
  readonly imports: Iterable<unknown>;
  readonly providers: Iterable<[unknown, { readonly instance?: unknown }]>;
}

/** Part of the Terminus executor that holds the shutdown state. */
interface Executor {
  isShuttingDown: boolean;
}

/**
 * Sets the executors of Terminus to shutting down, so that the application's own health checks
 * report it as early as the library's. Terminus itself notices only after modules were destroyed.
 */
export function markExecutors(modules: Iterable<HeldModule>): void {
  for (const { providers } of modules)
    for (const [token, { instance }] of providers)
      if (isExecutor(token, instance)) instance.isShuttingDown = true;
}

/**
 * Removes the library's Terminus module from an application that imports its own, so that one
 * executor serves all checks with the application's options.
 *
 * @param importer - Module of the library that imports Terminus.
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

/** Returns true if indicators of the application's Terminus may report `degraded`, or if it has no Terminus. */
export function terminusKnowsDegraded(modules: Iterable<HeldModule>): boolean {
  for (const { providers } of modules)
    for (const [token, { instance }] of providers)
      if (isIndicatorService(token, instance)) return knowsDegraded(instance);
  return true;
}

// Matched by name: a class instance exists only if the package is loaded.
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
