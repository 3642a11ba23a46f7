import type { OnApplicationBootstrap, OnApplicationShutdown, OnModuleInit } from '@nestjs/common';
import type { HealthChecks } from '../../health/health-checks.js';
import type { HealthCheckDefinition } from '../../health/cached-health-check.js';

/** Opens and closes the health checks of an application, in step with Nest. */
export class HealthHooks implements OnModuleInit, OnApplicationBootstrap, OnApplicationShutdown {
  readonly #checks: HealthChecks;
  readonly #define: () => readonly HealthCheckDefinition[];

  /** @param define - Finds the checks, once all providers are there. */
  constructor(checks: HealthChecks, define: () => readonly HealthCheckDefinition[]) {
    this.#checks = checks;
    this.#define = define;
  }

  /** {@inheritDoc OnModuleInit.onModuleInit} What is wrong with them stops the start. */
  onModuleInit(): void {
    this.#checks.open(this.#define());
  }

  /** {@inheritDoc OnApplicationBootstrap.onApplicationBootstrap} What they ask has been initialised. */
  onApplicationBootstrap(): void {
    this.#checks.start();
  }

  /** {@inheritDoc OnApplicationShutdown.onApplicationShutdown} */
  onApplicationShutdown(): void {
    this.#checks.close();
  }
}
