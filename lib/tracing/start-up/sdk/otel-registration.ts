import {
  context,
  propagation,
  type TextMapPropagator,
  trace,
  type TracerProvider as ApiTracerProvider,
} from '@opentelemetry/api';
import { foreignProvider, otelGlobals } from './otel-globals.js';
import type { PropagatorName } from '../options/telemetry-options.js';
import type { TracePeers } from './trace-peers.js';
import type { TracerProvider } from './trace-sdk.js';

/** What was registered with OpenTelemetry, and can be taken back. */
export interface OtelRegistration {
  /** What somebody else had registered already; theirs stays. */
  readonly refused: readonly string[];
  /** Takes back what was registered. */
  undo(): void;
}

/**
 * Registers the provider, the context manager and the propagators.
 *
 * @returns `undefined` when the API refuses the provider: another version of it got there first.
 */
export function registerWithOtel(
  provider: TracerProvider,
  propagators: readonly PropagatorName[],
  peers: TracePeers,
): OtelRegistration | undefined {
  // One that does nothing may be there, and the API takes no second one. With none there, tracers that have been handed
  // out already wait for ours: they must not be cut off.
  if (otelGlobals().trace !== undefined && foreignProvider() === undefined) trace.disable();
  if (!trace.setGlobalTracerProvider(provider as unknown as ApiTracerProvider)) return undefined;
  const manager = new peers.context.AsyncLocalStorageContextManager();
  const ownsContext = context.setGlobalContextManager(manager.enable());
  if (!ownsContext) manager.disable();
  const ownsPropagator = propagation.setGlobalPropagator(composite(propagators, peers));
  return {
    refused: [
      ...(ownsContext ? [] : ['context manager']),
      ...(ownsPropagator ? [] : ['propagator']),
    ],
    undo: () => {
      trace.disable();
      if (ownsContext) context.disable();
      if (ownsPropagator) propagation.disable();
    },
  };
}

function composite(names: readonly PropagatorName[], { core }: TracePeers): TextMapPropagator {
  const propagators = names.map((it) =>
    it === 'baggage' ? new core.W3CBaggagePropagator() : new core.W3CTraceContextPropagator(),
  );
  return new core.CompositePropagator({ propagators });
}
