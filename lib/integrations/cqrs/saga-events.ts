import type { AnyFunction } from '../../instrumentation/decorators/function-identity.js';
import type { TracingObserver } from '../../kernel/call-tracer.js';
import type { MessageBus } from './cqrs-buses.js';

/** The sides of an Observable that are used here; of which copy of rxjs it is does not matter. */
export interface EventSource {
  subscribe(observer: EventSink): unknown;
}

/** Receives what an {@link EventSource} has. */
interface EventSink {
  next(event: unknown): void;
  error(error: unknown): void;
  complete(): void;
}

/**
 * A saga that gets each event where it was produced, so that the commands it gives belong there, also when they come out
 * of a timer or a promise.
 */
export function tracedSaga(
  saga: AnyFunction,
  bus: MessageBus,
  tracing: TracingObserver,
): AnyFunction {
  const traced: AnyFunction = (events, ...rest) =>
    saga.call(undefined, events === bus ? deliveringBus(bus, tracing) : events, ...rest);
  // The bus names a saga in what it reports of it.
  Object.defineProperty(traced, 'name', { value: saga.name, configurable: true });
  return traced;
}

/** The bus in every respect but where its events run. */
function deliveringBus(bus: MessageBus, tracing: TracingObserver): MessageBus {
  const events = bus.source as EventSource;
  return withSource(bus, events, (event, next) => tracing.deliver(event, () => next(event)));
}

/** The bus in every respect but how each of its events is handed on. */
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
