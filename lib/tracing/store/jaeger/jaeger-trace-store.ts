import {
  type RemoteTraceStoreOptions,
  toRemoteSettings,
} from '../remote/remote-trace-store-options.js';
import { RemoteTraceStore } from '../remote/remote-trace-store.js';
import type { StoredTrace } from '../stored-trace.js';
import type { TraceQuery } from '../trace-query.js';
import type { TraceStore, TraceStoreResult } from '../trace-store.js';
import { jaegerApi } from './jaeger-api.js';

/** Address and limits of Jaeger's query service, usually on port 16686. */
export type JaegerTraceStoreOptions = RemoteTraceStoreOptions;

/**
 * Trace store that queries Jaeger over its HTTP API v3 (`/api/v3/traces`). A query without a service searches one service
 * after the other, 50 at most. Jaeger filters by attributes from version 2.19 on; before that, the store filters the
 * traces that Jaeger returns for the other criteria.
 *
 * @example
 * ```ts
 * import { JaegerTraceStore } from '@eventcore/nestjs-observability/trace-stores';
 *
 * export const traces = new JaegerTraceStore({ baseUrl: 'http://jaeger:16686' });
 * ```
 */
export class JaegerTraceStore implements TraceStore {
  readonly #remote: RemoteTraceStore;

  /** @throws ConfigurationError `OBS_OPTION_INVALID` */
  constructor(options: JaegerTraceStoreOptions) {
    this.#remote = new RemoteTraceStore(toRemoteSettings('JaegerTraceStore', options), jaegerApi);
  }

  /** {@inheritDoc TraceStore.getTrace} */
  getTrace(traceId: string): Promise<TraceStoreResult<StoredTrace | undefined>> {
    return this.#remote.getTrace(traceId);
  }

  /** {@inheritDoc TraceStore.findTraces} */
  findTraces(query?: TraceQuery): Promise<TraceStoreResult<readonly StoredTrace[]>> {
    return this.#remote.findTraces(query);
  }
}
