import {
  Inject,
  Injectable,
  type InjectionToken,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { ModuleRef, ModulesContainer } from '@nestjs/core';
import { INSTRUMENTATION, Instrumentation } from '../../instrumentation/instrumentation.js';
import { afterBootstrap } from '../after-bootstrap.js';
import { ObservabilityRuntime } from '../observability-runtime.js';
import { projectionSettings } from './projection-wiring.js';

/** Observes the projections of one application, in step with Nest. */
@Injectable()
export class ProjectionLifecycle
  implements OnModuleInit, OnApplicationBootstrap, OnModuleDestroy, OnApplicationShutdown
{
  readonly #runtime: ObservabilityRuntime;
  readonly #instrumentation: Instrumentation;
  readonly #modules: ModulesContainer;
  readonly #moduleRef: ModuleRef;

  constructor(
    @Inject(ObservabilityRuntime) runtime: ObservabilityRuntime,
    @Inject(INSTRUMENTATION) instrumentation: Instrumentation,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(ModuleRef) moduleRef: ModuleRef,
  ) {
    this.#runtime = runtime;
    this.#instrumentation = instrumentation;
    this.#modules = modules;
    this.#moduleRef = moduleRef;
  }

  /** {@inheritDoc OnModuleInit.onModuleInit} By then there are instances of all sources. */
  onModuleInit(): void {
    const { options, projections } = this.#runtime;
    const find = (token: InjectionToken): unknown =>
      this.#moduleRef.get(token as string, { strict: false });
    const handlers = this.#instrumentation.inventory.list();
    for (const [name, settings] of projectionSettings(handlers, options.projections ?? {}, find))
      projections.configure(name, settings);
  }

  /** {@inheritDoc OnApplicationBootstrap.onApplicationBootstrap} Sources may connect in this very hook. */
  onApplicationBootstrap(): void {
    const runtime = this.#runtime;
    afterBootstrap(this.#modules, () => runtime.stopping || runtime.projections.start());
  }

  /** {@inheritDoc OnModuleDestroy.onModuleDestroy} Connections are closed from now on: what fails would be no news. */
  onModuleDestroy(): void {
    this.#runtime.projections.observer.stop();
  }

  /** {@inheritDoc OnApplicationShutdown.onApplicationShutdown} */
  onApplicationShutdown(): void {
    this.#runtime.projections.stop();
  }
}
