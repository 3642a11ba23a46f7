import { HandlerBinding } from '../../instrumentation/binding/handler-binding.js';
import type { HandlerKind, HandlerObserver } from '../../kernel/observer.js';
import { ManualCall } from './manual-call.js';
import type { ObservabilityRuntime } from '../observability-runtime.js';

/** Begins a call that the application records by hand. */
export function startByHand(
  { classifier, clock, faults, enabled, observer }: ObservabilityRuntime,
  kind: HandlerKind,
  name: string,
): ManualCall {
  const identity = { kind, name, labels: {} };
  const binding = new HandlerBinding(identity, eventsByHand, {
    observer: enabled ? observer.bind(identity) : silent,
    context: { classifier, clock, faults },
  });
  return new ManualCall(binding);
}

// The "result" of a call recorded by hand is its number of events.
const eventsByHand = {
  events: (events: unknown) => events as number | undefined,
};

const silent: HandlerObserver = {
  started: () => undefined,
  succeeded: () => undefined,
  rejected: () => undefined,
  failed: () => undefined,
  retried: () => undefined,
  abandoned: () => undefined,
};
