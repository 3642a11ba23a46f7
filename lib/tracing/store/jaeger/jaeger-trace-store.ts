import {
  type RemoteTraceStoreOptions,
  toRemoteSettings,
} from '../remote/remote-trace-store-options.js';
import { RemoteTraceStore } from '../remote/remote-trace-store.js';
import type { StoredTrace } from '../stored-trace.js';
import type { TraceQuery } from '../trace-query.js';
import type { TraceStore, TraceStoreResult } from '../trace-store.js';
import { jaegerV1Api } from './jaeger-v1-api.js';
import { jaegerV3Api } from './jaeger-v3-api.js';

/** How to reach Jaeger, usually on port 16686. */
export interface JaegerTraceStoreOptions extends RemoteTraceStoreOptions {
  /**
   * Which of its HTTP APIs to ask. `v1` (`/api/traces`) is in all versions up to 2.20; its search is gone after that.
   * `v3` (`/api/v3/traces`) filters by attributes from 2.19 on. @defaultValue 'v1'
   */
  readonly api?: 'v1' | 'v3' | undefined;
}

const apis = { v1: jaegerV1Api, v3: jaegerV3Api } as const;

/**
 * The traces in Jaeger. A query without a service asks for one service after the other, 50 at most. Through `v1`,
 * attributes of links are absent and lists are texts, as Jaeger does not keep them.
 *
 * @example
 * ```ts
 * import { JaegerTraceStore } from '@eventcore/nestjs-observability/trace-stores';
 *
 * export const traces = new JaegerTraceStore({ baseUrl: 'http://jaeger:16686', api: 'v3' });
 * ```
 */
export class JaegerTraceStore implements TraceStore {
  readonly #remote: RemoteTraceStore;

  /** @throws ConfigurationError `OBS_OPTION_INVALID` */
  constructor(options: JaegerTraceStoreOptions) {
    const settings = toRemoteSettings('JaegerTraceStore', options, {
      api: {
        rule: "'v1' or 'v3'",
        remedy: "Pass 'v3' for Jaeger 2.21 and later.",
        accepts: (it) => it === 'v1' || it === 'v3',
      },
    });
    this.#remote = new RemoteTraceStore(settings, apis[options.api ?? 'v1']);
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
