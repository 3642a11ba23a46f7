import { LazyModuleLoader, type ModuleRef } from '@nestjs/core';
import type { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { ifMissing, missingPeer } from '../../kernel/peers/optional-peer.js';

/** Terminus services of an application. */
export interface TerminusServices {
  readonly checks: HealthCheckService;
  /** False if Terminus only knows up and down, as version 11 does. */
  readonly knowsDegraded: boolean;
}

type Terminus = typeof import('@nestjs/terminus');

/** Package of the health endpoints. */
export const TERMINUS = '@nestjs/terminus';

/** Imports Terminus; gives `undefined` when it is not installed. */
export async function importTerminus(): Promise<Terminus | undefined> {
  try {
    return await import('@nestjs/terminus');
  } catch (error) {
    return ifMissing(error, TERMINUS);
  }
}

/**
 * Services of the application's own `TerminusModule`. Without one, the first health request adds
 * it, so that a process that is never probed does not load Terminus, and the start does not wait
 * for it.
 */
export class LazyTerminus {
  readonly #moduleRef: ModuleRef;
  #services: Promise<TerminusServices> | undefined;

  constructor(moduleRef: ModuleRef) {
    this.#moduleRef = moduleRef;
  }

  /** Returns the services, which never change while the application runs. */
  services(): Promise<TerminusServices> {
    this.#services ??= this.#load().catch((error: unknown) => {
      this.#services = undefined;
      throw error;
    });
    return this.#services;
  }

  async #load(): Promise<TerminusServices> {
    const terminus = await importTerminus();
    if (terminus === undefined) throw missingPeer('health', true, TERMINUS);
    try {
      return servicesOf(this.#moduleRef, terminus, false);
    } catch {
      // Nest throws for a provider that no module has.
      const loader = this.#moduleRef.get(LazyModuleLoader, { strict: false });
      const added = await loader.load(() => quietTerminus(terminus), { logger: false });
      return servicesOf(added, terminus, true);
    }
  }
}

/**
 * Returns a `TerminusModule` without logging. The response contains the problem, and a log line per
 * probe would bury other lines.
 */
export function quietTerminus({ TerminusModule }: Terminus) {
  return TerminusModule.forRoot({ logger: false });
}

/** Returns true if the result of a Terminus indicator may be `degraded`. */
export function knowsDegraded(indicators: HealthIndicatorService): boolean {
  return 'degraded' in indicators.check('any');
}

/** @param strict - Limits the search to the module itself; modules added later require a global search. */
function servicesOf(
  moduleRef: ModuleRef,
  { HealthCheckService, HealthIndicatorService }: Terminus,
  strict: boolean,
): TerminusServices {
  const indicators = moduleRef.get(HealthIndicatorService, { strict });
  return {
    checks: moduleRef.get(HealthCheckService, { strict }),
    knowsDegraded: knowsDegraded(indicators),
  };
}
