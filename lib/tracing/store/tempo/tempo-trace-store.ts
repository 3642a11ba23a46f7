import {
  type RemoteTraceStoreOptions,
  toRemoteSettings,
} from '../remote/remote-trace-store-options.js';
import { RemoteTraceStore } from '../remote/remote-trace-store.js';
import type { StoredTrace } from '../stored-trace.js';
import type { TraceQuery } from '../trace-query.js';
import type { TraceStore, TraceStoreResult } from '../trace-store.js';
import { tempoApi } from './tempo-api.js';

/** How to reach Tempo, usually on port 3200; a tenant goes into `headers` as `X-Scope-OrgID`. */
export type TempoTraceStoreOptions = RemoteTraceStoreOptions;

/**
 * The traces in Grafana Tempo, 2.0 or later, asked with TraceQL. Tempo stops a search at the first traces that it finds:
 * when more match than the limit, they need not be the newest, though the answer is in order.
 *
 * @example
 * ```ts
 * import { TempoTraceStore } from '@eventcore/nestjs-observability/tracing';
 *
 * export const traces = new TempoTraceStore({
 *   baseUrl: 'http://tempo:3200',
 *   headers: { 'X-Scope-OrgID': 'shop' },
 * });
 * ```
 */
export class TempoTraceStore implements TraceStore {
  readonly #remote: RemoteTraceStore;

  /** @throws ConfigurationError `OBS_OPTION_INVALID` */
  constructor(options: TempoTraceStoreOptions) {
    this.#remote = new RemoteTraceStore(toRemoteSettings('TempoTraceStore', options), tempoApi);
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
