import type { Server } from 'node:http';
import { Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { observePlatform } from '../../http/platform-requests.js';
import { ObservabilityRuntime } from '../observability-runtime.js';

/** Where the endpoints of the library answer. */
export interface EndpointPaths {
  /** Without the global prefix. */
  readonly paths: readonly string[];
  /** Those of them that the global prefix does not apply to. */
  readonly outsidePrefix: readonly string[];
}

/**
 * Measures the requests of the application, from before the application adds its first middleware. A testing module has
 * its adapter later, and an application without HTTP has none.
 */
@Injectable()
export class RequestObservation implements OnApplicationBootstrap {
  /** What the application records with. */
  readonly runtime: ObservabilityRuntime;
  readonly #host: HttpAdapterHost;
  #observed: Promise<void> | undefined;

  constructor(
    @Inject(ObservabilityRuntime) runtime: ObservabilityRuntime,
    @Inject(HttpAdapterHost) host: HttpAdapterHost,
  ) {
    this.runtime = runtime;
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
    for (const path of served) this.runtime.endpointPaths.add(path);
    this.runtime.http?.exclude(served);
  }

  /** {@inheritDoc OnApplicationBootstrap.onApplicationBootstrap} By then there is a server, and nobody has its address. */
  async onApplicationBootstrap(): Promise<void> {
    const { http, openRequests } = this.runtime;
    if (http?.isHooked === true) openRequests.watch(this.#adapter?.getHttpServer?.() as Server);
    await this.#observed;
  }

  get #adapter(): HttpAdapterHost['httpAdapter'] | null | undefined {
    // Nest's type has no absent adapter.
    return this.#host.httpAdapter as HttpAdapterHost['httpAdapter'] | null | undefined;
  }

  #observe(): void {
    const { enabled, http, openRequests } = this.runtime;
    const adapter = this.#adapter;
    if (!enabled || http === undefined || http.isHooked || !adapter) return;
    this.#observed = observePlatform(adapter, openRequests);
    // A platform that is not known leaves its requests to the interceptor.
    if (this.#observed === undefined) return;
    http.isHooked = true;
    openRequests.follow(http);
  }
}
