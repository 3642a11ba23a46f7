import type { Server } from 'node:http';
import {
  Inject,
  Injectable,
  Module,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { HttpAdapterHost, ModuleRef, ModulesContainer } from '@nestjs/core';
import type { DrainPhase } from '../../shutdown/drain.js';
import type { NewWork } from '../../shutdown/drain-options.js';
import { HealthRoutes } from '../../health/health-routes.js';
import { HttpTraffic } from '../../shutdown/http-traffic.js';
import { markExecutors } from '../../health/terminus/terminus-executors.js';
import { ObservabilityRuntime } from '../observability-runtime.js';

/** Ends the work of an application before any other hook of its shutdown runs. */
@Injectable()
export class DrainHooks implements OnApplicationBootstrap, OnModuleDestroy {
  readonly #moduleRef: ModuleRef;
  readonly #modules: ModulesContainer;
  readonly #host: HttpAdapterHost;
  #traffic: HttpTraffic | undefined;
  #ownHealth: HealthRoutes | undefined;

  constructor(
    @Inject(ModuleRef) moduleRef: ModuleRef,
    @Inject(ModulesContainer) modules: ModulesContainer,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
  ) {
    this.#moduleRef = moduleRef;
    this.#modules = modules;
    this.#host = host;
  }

  /** {@inheritDoc OnApplicationBootstrap.onApplicationBootstrap} By then there is a server, and nobody has its address. */
  onApplicationBootstrap(): void {
    const { drain, openRequests } = this.#runtime;
    // Nest's type has no absent adapter, and a testing module has none.
    const adapter = this.#host.httpAdapter as HttpAdapterHost['httpAdapter'] | null | undefined;
    const server = adapter?.getHttpServer?.() as Partial<Server> | undefined;
    openRequests.watch(server);
    this.#traffic = new HttpTraffic(openRequests, server, (method, path) =>
      this.#isProbe(method, path),
    );
    if (adapter) this.#goBefore(adapter);
    drain.works.add(this.#traffic);
    drain.onPhase((phase, newWork) => this.#follow(phase, newWork));
    // Nest tears down beside a start that is still under way, which may open the server all the same.
    if (drain.phase !== 'serving') this.#follow(drain.phase, 'finish');
  }

  /** {@inheritDoc OnModuleDestroy.onModuleDestroy} Nest awaits it before it asks the next module. */
  onModuleDestroy(): Promise<void> {
    return this.#end();
  }

  #follow(phase: DrainPhase, newWork: NewWork): void {
    if (phase !== 'serving') this.#traffic?.closeConnections();
    if (phase === 'drained' || (phase === 'draining' && newWork === 'refuse'))
      this.#traffic?.refuse();
  }

  get #runtime(): ObservabilityRuntime {
    return this.#moduleRef.get(ObservabilityRuntime, { strict: false });
  }

  /** Those of the library, and health controllers of the application, which are found when they are first needed. */
  #isProbe(method: string, path: string): boolean {
    if (this.#runtime.endpointPaths.has(path)) return true;
    const modules = [...this.#modules.values()];
    this.#ownHealth ??= new HealthRoutes(modules.flatMap((it) => [...it.controllers.values()]));
    return this.#ownHealth.includes(method, path);
  }

  /** From here on an adapter with `return503OnClosing` answers nothing but 503, to probes as well. */
  #goBefore(adapter: HttpAdapterHost['httpAdapter']): void {
    const { beforeClose } = adapter as { readonly beforeClose?: () => unknown };
    if (typeof beforeClose !== 'function') return;
    const value = async () => {
      await this.#end();
      await beforeClose.call(adapter);
    };
    Object.defineProperty(adapter, 'beforeClose', { configurable: true, writable: true, value });
  }

  async #end(): Promise<void> {
    markExecutors(this.#modules.values());
    await this.#runtime.drain.run();
  }
}

// Nest destroys modules by their distance from the root, the nearest first, one after the other. The root has 1.
const NEAREST = -1;

/**
 * Stands before the root module in the order in which Nest destroys modules, and behind it where Nest starts them: by
 * then every bus of `@nestjs/cqrs` still delivers events, wherever it was imported.
 */
@Module({ providers: [DrainHooks] })
export class DrainModule {
  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    for (const it of modules.values()) if (it.metatype === DrainModule) it.distance = NEAREST;
  }
}
