import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import {
  type ApplicationContext,
  attachContext,
  giveContext,
} from '../kernel/application-context.js';
import { ObservabilityRuntime } from './observability-runtime.js';

/**
 * Brings clock, classifier and fault counter of an application to what traces its requests and messages, which may have
 * been made in `main.ts` or by a factory, where nothing is injected.
 */
@Injectable()
export class ContextInjection implements OnModuleInit {
  readonly #runtime: ObservabilityRuntime;
  readonly #modules: ModulesContainer;
  readonly #config: ApplicationConfig;
  readonly #host: HttpAdapterHost;

  constructor(
    @Inject(ObservabilityRuntime) runtime: ObservabilityRuntime,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(ApplicationConfig) config: ApplicationConfig,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
  ) {
    this.#runtime = runtime;
    this.#modules = modules;
    this.#config = config;
    this.#host = host;
  }

  /** {@inheritDoc OnModuleInit.onModuleInit} All instances are there by now, and no request has come in. */
  onModuleInit(): void {
    if (!this.#runtime.enabled) return;
    const { clock, faults, classifier } = this.#runtime;
    const parts: ApplicationContext = { clock, faults, classifier };
    // An application of messages only has no adapter, whatever the type says.
    const adapter = this.#host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    const server: unknown = adapter?.getHttpServer();
    if (typeof server === 'object' && server !== null) attachContext(server, parts);
    attachContext(this.#modules, parts);
    for (const piece of this.#pieces()) giveContext(piece, parts);
  }

  *#pieces(): Iterable<unknown> {
    yield* this.#config.getGlobalInterceptors();
    // Since Nest 12.
    const config = this.#config as { getGlobalPreRequestHooks?(): readonly unknown[] };
    yield* config.getGlobalPreRequestHooks?.() ?? [];
    for (const { providers, injectables } of this.#modules.values()) {
      for (const { instance } of providers.values()) yield instance as unknown;
      for (const { instance } of injectables.values()) yield instance as unknown;
    }
  }
}
