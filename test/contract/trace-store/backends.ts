import { InMemoryTraceStore } from '../../../lib/tracing/store/memory/in-memory-trace-store.js';
import { JaegerTraceStore } from '../../../lib/tracing/store/jaeger/jaeger-trace-store.js';
import type { RemoteTraceStoreOptions } from '../../../lib/tracing/store/remote/remote-trace-store-options.js';
import { TempoTraceStore } from '../../../lib/tracing/store/tempo/tempo-trace-store.js';
import type { TraceStore } from '../../../lib/tracing/store/trace-store.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';
import { startJaegerDouble } from './jaeger-double.js';
import { BASE_MS, readableSpans, recordSpans } from './recorded-spans.js';
import { startTempoDouble } from './tempo-double.js';

/** One implementation of the port, over the recorded spans. */
export interface Backend {
  readonly name: string;
  start(): Promise<{ readonly store: TraceStore; close(): Promise<void> }>;
}

/** An implementation that asks over HTTP. */
export interface RemoteBackend extends Backend {
  connect(options: RemoteTraceStoreOptions): TraceStore;
}

// Within the look-back of an hour from the first span to here.
const clock = new ManualClock(BASE_MS + 60_000);

export const remoteBackends: readonly RemoteBackend[] = [
  remote('Jaeger', startJaegerDouble, (it) => new JaegerTraceStore(it)),
  remote('Tempo', startTempoDouble, (it) => new TempoTraceStore(it)),
];

export const backends: readonly Backend[] = [
  {
    name: 'in memory',
    start: () => {
      const store = new InMemoryTraceStore();
      recordSpans(store);
      return Promise.resolve({ store, close: () => store.shutdown() });
    },
  },
  ...remoteBackends,
];

function remote(
  name: string,
  serve: typeof startJaegerDouble,
  connect: RemoteBackend['connect'],
): RemoteBackend {
  return {
    name,
    connect,
    start: async () => {
      const { baseUrl, close } = await serve(readableSpans());
      return { store: connect({ baseUrl, clock }), close };
    },
  };
}
