import type { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import {
  type ApplicationContext,
  attachContext,
  giveContext,
} from '../kernel/application-context.js';
import type { Capability } from '../kernel/capability.js';

/** Dependencies of a {@link ContextInjection}. */
export interface ContextInjectionDeps extends Pick<
  ApplicationContext,
  'clock' | 'faults' | 'classifier'
> {
  /** Paths of the library. */
  readonly endpointPaths: { isBelow(path: string): boolean };
}

/** Parts of Nest that a {@link ContextInjection} searches. */
export interface NestParts {
  readonly modules: ModulesContainer;
  readonly config: ApplicationConfig;
  readonly host: HttpAdapterHost;
}

/**
 * Passes the clock, classifier and fault counter of an application to the interceptors, clients and
 * deserializers that trace its requests and messages. These may have been created in `main.ts` or
 * by a factory, where Nest injects nothing.
 */
export class ContextInjection implements Capability {
  readonly name = 'tracing';
  readonly #context: ApplicationContext;
  readonly #nest: NestParts;

  constructor({ clock, faults, classifier, endpointPaths }: ContextInjectionDeps, nest: NestParts) {
    const servesItself = (path: string) => endpointPaths.isBelow(path);
    this.#context = { clock, faults, classifier, servesItself };
    this.#nest = nest;
  }

  /** {@inheritDoc Capability.init} No request has arrived by then. */
  init(): void {
    const { host, modules } = this.#nest;
    // A microservice without HTTP has no adapter, despite the type.
    const adapter = host.httpAdapter as HttpAdapterHost['httpAdapter'] | undefined;
    const server: unknown = adapter?.getHttpServer();
    if (typeof server === 'object' && server !== null) attachContext(server, this.#context);
    attachContext(modules, this.#context);
    for (const it of this.#candidates()) giveContext(it, this.#context);
  }

  *#candidates(): Iterable<unknown> {
    yield* this.#nest.config.getGlobalInterceptors();
    // Since Nest 12.
    const config = this.#nest.config as { getGlobalPreRequestHooks?(): readonly unknown[] };
    yield* config.getGlobalPreRequestHooks?.() ?? [];
    for (const { providers, injectables } of this.#nest.modules.values()) {
      for (const { instance } of providers.values()) yield instance as unknown;
      for (const { instance } of injectables.values()) yield instance as unknown;
    }
  }
}
