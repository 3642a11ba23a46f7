import { sharedSymbol } from '../kernel/peers/process-state.js';
import { foreignProvider } from '../tracing/start-up/sdk/otel-globals.js';
import { loadTracePeers } from '../tracing/start-up/sdk/trace-peers.js';
import { copySpan, type EndedSpan } from '../tracing/store/memory/span-copy.js';
import type { StoredSpan } from '../tracing/store/stored-trace.js';

const RECORDER: unique symbol = sharedSymbol('span-recorder') as never;

// Longest text of a span that a test reads.
const MAX_TEXT = 65_536;

type Listener = (span: EndedSpan) => void;

/** Receives the spans of the process while a test listens. OpenTelemetry has one tracer provider per process. */
export interface SpanRecorder {
  readonly listeners: Set<Listener>;
}

/**
 * Returns the recorder of the process, and registers its tracer provider first.
 *
 * @throws Error that names the missing packages, or the provider that something else has registered.
 */
export async function spanRecorder(): Promise<SpanRecorder> {
  const place = globalThis as { [RECORDER]?: Promise<SpanRecorder> };
  place[RECORDER] ??= register();
  return await place[RECORDER];
}

async function register(): Promise<SpanRecorder> {
  const foreign = foreignProvider();
  if (foreign !== undefined)
    throw new Error(
      `the process has a tracer provider already: ${foreign}. Record with its exporter.`,
    );
  const listeners = new Set<Listener>();
  const peers = await loadTracePeers({ exporters: [] });
  const { registerWithOtel } = await import('../tracing/start-up/sdk/otel-registration.js');
  const done = async () => {};
  const recorder = {
    onStart: () => {},
    onEnd: (span: EndedSpan) => listeners.forEach((it) => it(span)),
    forceFlush: done,
    shutdown: done,
  };
  const { sdk, resources } = peers;
  const provider = sdk.createProvider({
    resource: resources.defaultResource(),
    sampler: new sdk.samplers.AlwaysOnSampler(),
    spanLimits: {},
    spanProcessors: [recorder],
  });
  registerWithOtel(provider, ['tracecontext', 'baggage'], peers);
  return { listeners };
}

/** Collects the spans that end from now on. */
export function recordSpans({ listeners }: SpanRecorder): { readonly end: () => StoredSpan[] } {
  const spans: EndedSpan[] = [];
  const listener: Listener = (span) => void spans.push(span);
  listeners.add(listener);
  return {
    end: () => {
      listeners.delete(listener);
      return spans.map((it) => copySpan(it, MAX_TEXT));
    },
  };
}
