import { LazyModuleLoader, type ModuleRef } from '@nestjs/core';
import type { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';

/** What of Terminus answers for an application. */
export interface TerminusServices {
  readonly checks: HealthCheckService;
  /** Whether it knows more than up and down: version 11 does not. */
  readonly knowsDegraded: boolean;
}

type Terminus = typeof import('@nestjs/terminus');

/**
 * The services of the application's own `TerminusModule`. Where it has none, one is added when somebody first asks for
 * its health: a process that nobody probes loads no Terminus, and the start waits for none.
 */
export class LazyTerminus {
  readonly #moduleRef: ModuleRef;
  #services: Promise<TerminusServices> | undefined;

  constructor(moduleRef: ModuleRef) {
    this.#moduleRef = moduleRef;
  }

  /** The services; the same ones for as long as the application runs. */
  services(): Promise<TerminusServices> {
    this.#services ??= this.#load().catch((error: unknown) => {
      this.#services = undefined;
      throw error;
    });
    return this.#services;
  }

  async #load(): Promise<TerminusServices> {
    const terminus = await import('@nestjs/terminus');
    try {
      return servicesOf(this.#moduleRef, terminus, false);
    } catch {
      // Nest throws for what no module has.
      const loader = this.#moduleRef.get(LazyModuleLoader, { strict: false });
      const added = await loader.load(() => quietTerminus(terminus), { logger: false });
      return servicesOf(added, terminus, true);
    }
  }
}

/** The answer says what is wrong; a line in the log for each probe would bury the others. */
export function quietTerminus({ TerminusModule }: Terminus) {
  return TerminusModule.forRoot({ logger: false });
}

/** Whether what an indicator of Terminus answers may be `degraded`. */
export function knowsDegraded(indicators: HealthIndicatorService): boolean {
  return 'degraded' in indicators.check('any');
}

/** @param strict - Whether they are the module's own; what was added to an application later is found no other way. */
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
