import {
  context,
  propagation,
  type TextMapPropagator,
  trace,
  type TracerProvider as ApiTracerProvider,
} from '@opentelemetry/api';
import { B3Propagator } from '../../context/b3-propagator.js';
import { RandomTracePropagator } from '../../context/random-trace.js';
import { foreignProvider, otelGlobals } from './otel-globals.js';
import type { PropagatorName } from '../options/telemetry-options.js';
import type { TracePeers } from './trace-peers.js';
import type { TracerProvider } from './trace-sdk.js';

/** Registration with OpenTelemetry that can be undone. */
export interface OtelRegistration {
  /** Components that the application had already registered, which remain. */
  readonly refused: readonly string[];
  /** Removes the registered components. */
  undo(): void;
}

/**
 * Registers the provider, the context manager and the propagators.
 *
 * @returns `undefined` when the API rejects the provider because another version of the API has
 * registered one.
 */
export function registerWithOtel(
  provider: TracerProvider,
  propagators: readonly PropagatorName[],
  peers: TracePeers,
): OtelRegistration | undefined {
  // The API accepts no second provider, so an inactive one is removed. Without one, tracers that
  // were already returned wait for this registration and must not be disconnected.
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
  const makers: Readonly<Record<PropagatorName, () => TextMapPropagator>> = {
    tracecontext: () => new core.W3CTraceContextPropagator(),
    baggage: () => new core.W3CBaggagePropagator(),
    b3: () => new B3Propagator('single'),
    b3multi: () => new B3Propagator('multi'),
  };
  const propagators = names.map((it) => makers[it]());
  return new RandomTracePropagator(new core.CompositePropagator({ propagators }));
}
