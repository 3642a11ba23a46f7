import type { Server } from 'node:http';
import type { HttpAdapterHost } from '@nestjs/core';
import { offerRoutes } from './matched-route.js';
import { type ObservedPlatform, observePlatform } from './platform-requests.js';
import type { Capability } from '../kernel/capability.js';
import type { Faults } from '../kernel/faults.js';
import type { ExcludedEndpoints, HttpRequests } from './http-requests.js';
import type { OpenRequests } from './open-requests.js';

/** Dependencies of a {@link RequestObservation}. */
export interface RequestObservationDeps {
  /** False if recording is disabled. */
  readonly enabled: boolean;
  /** HTTP metrics, unless they are off. */
  readonly http: HttpRequests | undefined;
  readonly openRequests: OpenRequests;
  readonly faults: Faults;
  /** Receives the paths of the library's endpoints, with the global prefix. */
  readonly endpointPaths: ExcludedEndpoints;
}

/**
 * Measures the requests of the application, starting before its first middleware. A testing module
 * creates its adapter later, and an application without HTTP has none.
 */
export class RequestObservation implements Capability {
  readonly name = 'requests';
  readonly #deps: RequestObservationDeps;
  readonly #host: HttpAdapterHost;
  #platform: ObservedPlatform | undefined;

  constructor(deps: RequestObservationDeps, host: HttpAdapterHost) {
    this.#deps = deps;
    this.#host = host;
    // The first releases of Nest 11 do not report an adapter that is created later.
    const { init$ } = host as Partial<HttpAdapterHost>;
    if (init$ === undefined) this.#tryToObserve();
    else init$.subscribe(() => this.#tryToObserve());
  }

  /** Observes the adapter that a testing module has created later. */
  configure(): void {
    this.#tryToObserve();
  }

  /** Excludes endpoints of the library, because scrapes and probes are not application traffic. */
  serve(path: string): void {
    this.#exclude([path]);
  }

  /** Excludes a path of the library with everything below it. */
  serveBelow(path: string): void {
    this.#exclude([path, `${path === '/' ? '' : path}/*`]);
  }

  #exclude(patterns: readonly string[]): void {
    this.#deps.endpointPaths.add(patterns);
    this.#deps.http?.exclude(patterns);
  }

  /** {@inheritDoc Capability.bootstrap} */
  async bootstrap(): Promise<void> {
    const platform = this.#platform;
    if (platform === undefined) return;
    const server = this.#adapter?.getHttpServer?.() as Server;
    this.#deps.openRequests.watch(server);
    offerRoutes(server, platform.findRoute);
    try {
      platform.settle?.();
      await platform.ready;
    } catch (fault) {
      this.#deps.faults.report('http', fault);
    }
  }

  /** {@inheritDoc Capability.stop} */
  stop(): void {
    this.#deps.openRequests.release();
  }

  get #adapter(): HttpAdapterHost['httpAdapter'] | null | undefined {
    // Nest's type does not allow an absent adapter.
    return this.#host.httpAdapter as HttpAdapterHost['httpAdapter'] | null | undefined;
  }

  /**
   * A module that is loaded after the start finds an adapter that takes no hooks any more, and what a subscriber of rxjs
   * throws ends the process: requests then stay with the interceptor.
   */
  #tryToObserve(): void {
    try {
      this.#observe();
    } catch (fault) {
      this.#deps.faults.report('http', fault);
    }
  }

  #observe(): void {
    const { enabled, http, openRequests } = this.#deps;
    const adapter = this.#adapter;
    if (!enabled || http === undefined || http.isHooked || !adapter) return;
    const platform = observePlatform(adapter, openRequests);
    // On an unknown platform, the interceptor measures requests.
    if (platform === undefined) return;
    // Reported when it is awaited.
    platform.ready.catch(() => undefined);
    this.#platform = platform;
    http.isHooked = true;
    openRequests.follow(http);
  }
}
