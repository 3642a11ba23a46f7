import { Inject, Injectable } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { observePlatform } from '../integrations/http-metrics/platform-requests.js';
import { ObservabilityRuntime } from './observability-runtime.js';

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
export class RequestObservation {
  /** What the application records with. */
  readonly runtime: ObservabilityRuntime;
  readonly #host: HttpAdapterHost;

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

  #observe(): void {
    const { enabled, http } = this.runtime;
    // Nest's type has no absent adapter.
    const adapter = this.#host.httpAdapter as HttpAdapterHost['httpAdapter'] | null | undefined;
    if (enabled && http !== undefined && adapter) observePlatform(adapter, http);
  }
}
