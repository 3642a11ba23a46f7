import type { Server } from 'node:http';
import type { HttpAdapterHost } from '@nestjs/core';
import { observePlatform } from './platform-requests.js';
import type { Capability } from '../kernel/capability.js';
import type { HttpRequests } from './http-requests.js';
import type { OpenRequests } from './open-requests.js';

/** Where the endpoints of the library answer. */
export interface EndpointPaths {
  /** Without the global prefix. */
  readonly paths: readonly string[];
  /** Those of them that the global prefix does not apply to. */
  readonly outsidePrefix: readonly string[];
}

/** Dependencies of a {@link RequestObservation}. */
export interface RequestObservationDeps {
  /** Whether anything is recorded. */
  readonly enabled: boolean;
  /** HTTP metrics, unless they are off. */
  readonly http: HttpRequests | undefined;
  readonly openRequests: OpenRequests;
  /** Receives the paths of the library's endpoints, with the global prefix. */
  readonly endpointPaths: Set<string>;
}

/**
 * Measures the requests of the application, from before the application adds its first middleware. A testing module has
 * its adapter later, and an application without HTTP has none.
 */
export class RequestObservation implements Capability {
  readonly name = 'requests';
  readonly #deps: RequestObservationDeps;
  readonly #host: HttpAdapterHost;
  #observed: Promise<void> | undefined;

  constructor(deps: RequestObservationDeps, host: HttpAdapterHost) {
    this.#deps = deps;
    this.#host = host;
    // The first releases of Nest 11 do not tell of an adapter that comes later.
    const { init$ } = host as Partial<HttpAdapterHost>;
    if (init$ === undefined) this.#observe();
    else init$.subscribe(() => this.#observe());
  }

  /** Routes are registered next. The requests of scrapes and probes are no work of the application. */
  configure({ paths, outsidePrefix }: EndpointPaths, globalPrefix: string): void {
    this.#observe();
    const prefix = globalPrefix.replace(/^\/*(?=.)/, '/').replace(/\/+$/, '');
    const prefixed = (path: string) => (path === '/' ? prefix || path : prefix + path);
    const served = paths.map((it) => (outsidePrefix.includes(it) ? it : prefixed(it)));
    for (const path of served) this.#deps.endpointPaths.add(path);
    this.#deps.http?.exclude(served);
  }

  /** {@inheritDoc Capability.bootstrap} */
  async bootstrap(): Promise<void> {
    const { http, openRequests } = this.#deps;
    if (http?.isHooked === true) openRequests.watch(this.#adapter?.getHttpServer?.() as Server);
    await this.#observed;
  }

  /** {@inheritDoc Capability.stop} */
  stop(): void {
    this.#deps.openRequests.release();
  }

  get #adapter(): HttpAdapterHost['httpAdapter'] | null | undefined {
    // Nest's type has no absent adapter.
    return this.#host.httpAdapter as HttpAdapterHost['httpAdapter'] | null | undefined;
  }

  #observe(): void {
    const { enabled, http, openRequests } = this.#deps;
    const adapter = this.#adapter;
    if (!enabled || http === undefined || http.isHooked || !adapter) return;
    this.#observed = observePlatform(adapter, openRequests);
    // A platform that is not known leaves its requests to the interceptor.
    if (this.#observed === undefined) return;
    http.isHooked = true;
    openRequests.follow(http);
  }
}
