import type { AnyFunction } from '../../instrumentation/decorators/function-identity.js';
import type { TracingObserver } from '../../kernel/call-tracer.js';
import type { MessageBus } from './cqrs-buses.js';

/** Observable members that this library uses, independent of the installed copy of rxjs. */
export interface EventSource {
  subscribe(observer: EventSink): unknown;
}

/** Receives the values of an {@link EventSource}. */
interface EventSink {
  next(event: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

/**
 * Wraps a saga so that it receives each event in the trace context of its producer. Its commands belong to that trace,
 * even when they are emitted from a timer or a promise.
 */
export function tracedSaga(
  saga: AnyFunction,
  bus: MessageBus,
  tracing: TracingObserver,
): AnyFunction {
  const traced: AnyFunction = (events, ...rest) =>
    saga.call(undefined, events === bus ? deliveringBus(bus, tracing) : events, ...rest);
  // The bus reports sagas by name.
  Object.defineProperty(traced, 'name', { value: saga.name, configurable: true });
  return traced;
}

/** Returns a view of the bus that delivers events in their trace context. */
function deliveringBus(bus: MessageBus, tracing: TracingObserver): MessageBus {
  const events = bus.source as EventSource;
  return withSource(bus, events, (event, next) => tracing.deliver(event, () => next(event)));
}

/** Returns a view of the bus with a different delivery of events. */
export function withSource(
  bus: MessageBus,
  events: EventSource,
  deliver: (event: unknown, next: (event: unknown) => void) => void,
): MessageBus {
  const source: EventSource = {
    subscribe: (sink) =>
      events.subscribe({
        next: (event) => deliver(event, (it) => sink.next(it)),
        error: (error) => sink.error(error),
        complete: () => sink.complete(),
      }),
  };
  return Object.create(bus, { source: { value: source } }) as MessageBus;
}
