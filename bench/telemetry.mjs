// The states of OpenTelemetry that a case runs under. Switching is outside of what is timed.
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
} from '@opentelemetry/sdk-trace-base';

const discard = {
  export: (_spans, done) => done({ code: 0 }),
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

const unsampled = new BasicTracerProvider({
  sampler: new ParentBasedSampler({ root: new AlwaysOffSampler() }),
});
const recorded = new BasicTracerProvider({
  sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
  spanProcessors: [
    new BatchSpanProcessor(discard, { maxQueueSize: 65_536, scheduledDelayMillis: 5 }),
  ],
});

const register = (provider) => () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(provider);
};

/** No SDK, one that samples nothing, one that records and exports everything to nowhere. */
export const telemetry = {
  none: () => undefined,
  unsampled: register(unsampled),
  recorded: register(recorded),
};

/** Back to no SDK. */
export function reset() {
  trace.disable();
  context.disable();
}
