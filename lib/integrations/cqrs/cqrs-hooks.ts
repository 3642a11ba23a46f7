import type { AnyFunction } from '../../instrumentation/decorators/function-identity.js';
import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import type { TracingObserver } from '../../kernel/call-tracer.js';
import type { BusMethods, CqrsBus, MessageBus } from './cqrs-buses.js';
import type { MessageClass } from './cqrs-role.js';
import type { CqrsSelection } from './cqrs-selection.js';
import { MethodOverrides } from './method-overrides.js';
import { tracedSaga } from './saga-events.js';

/** What the hooks report to. */
export interface CqrsHookDeps {
  readonly instrumentation: Instrumentation;
  readonly selection: CqrsSelection;
  /** Makes spans, when anybody wants to. */
  readonly tracing: TracingObserver | undefined;
}

type ErrorClass = new (name: unknown) => Error;

/**
 * What handlers alone do not show, seen on the buses of one application: messages without a handler, handlers made for
 * one message, and which message follows from which. None of it lies on the way of a message that has a static handler
 * but for one call.
 */
export class CqrsHooks {
  readonly #parts: CqrsHookDeps;
  readonly #overrides = new MethodOverrides();

  constructor(parts: CqrsHookDeps) {
    this.#parts = parts;
  }

  /** Puts the hooks on a bus. */
  install(bus: CqrsBus): void {
    this.#bindResolved(bus.bus);
    if (bus.kind === 'event') this.#traceEvents(bus.bus);
    else this.#reportUnhandled(bus.bus, bus.kind, bus.methods);
  }

  /** Takes all hooks off. */
  release(): void {
    this.#overrides.release();
  }

  /** The bus has request-scoped handlers made for each message, by the module that it belongs to. */
  #bindResolved(bus: MessageBus): void {
    const { moduleRef } = bus as { readonly moduleRef?: { resolve?: AnyFunction } };
    if (typeof moduleRef?.resolve !== 'function') return;
    const { instrumentation } = this.#parts;
    const resolve = async (...args: unknown[]) => {
      const instance = await moduleRef.resolve?.(...args);
      instrumentation.bindKnown(instance);
      return instance;
    };
    const binding = Object.create(moduleRef, { resolve: { value: resolve } }) as object;
    this.#overrides.field(bus, 'moduleRef', binding);
  }

  #reportUnhandled(bus: MessageBus, kind: 'command' | 'query', { id, name }: BusMethods): void {
    const NotFound = notFoundErrorOf(bus, id);
    if (NotFound === undefined) return;
    const report = (message: unknown, error: unknown) => this.#report(kind, message, error);
    this.#overrides.method(
      bus,
      id,
      (original) =>
        function (this: unknown, message) {
          try {
            return original.call(this, message);
          } catch (error) {
            if (error instanceof NotFound) report(message, error);
            throw error;
          }
        },
    );
    this.#overrides.method(
      bus,
      name,
      (original) =>
        function (this: unknown, message) {
          const found = original.call(this, message);
          // The bus is about to throw one of its own that is just like this one.
          report(message, new NotFound(found));
          return found;
        },
    );
  }

  #report(kind: 'command' | 'query', message: unknown, error: unknown): void {
    const { instrumentation, selection } = this.#parts;
    const { constructor } = Object.getPrototypeOf(message) as { constructor: MessageClass };
    if (!selection.accepts(undefined, [constructor])) return;
    const name = constructor.name === '' ? 'anonymous' : constructor.name;
    instrumentation.unhandled({ kind, name, message, error });
  }

  #traceEvents(bus: MessageBus): void {
    const { tracing } = this.#parts;
    if (tracing === undefined) return;
    this.#overrides.method(
      bus,
      'publish',
      (original) =>
        function (this: unknown, event, ...rest) {
          tracing.published(event);
          return original.call(this, event, ...rest);
        },
    );
    this.#overrides.method(
      bus,
      'publishAll',
      (original) =>
        function (this: unknown, events, ...rest) {
          if (Array.isArray(events)) for (const event of events) tracing.published(event);
          return original.call(this, events, ...rest);
        },
    );
    this.#overrides.method(
      bus,
      'registerSaga',
      (original) =>
        function (this: unknown, saga, ...rest) {
          const isSaga = typeof saga === 'function';
          const traced = isSaga ? tracedSaga(saga as AnyFunction, bus, tracing) : saga;
          return original.call(this, traced, ...rest);
        },
    );
  }
}

/** The class of the errors that the bus throws for a message without a handler: asked of the bus itself. */
function notFoundErrorOf(bus: MessageBus, id: string): ErrorClass | undefined {
  class Unknown {
    readonly isHandled = false;
  }
  try {
    (bus as Record<string, AnyFunction>)[id]?.(new Unknown());
    return undefined;
  } catch (error) {
    return error instanceof Error ? (error.constructor as ErrorClass) : undefined;
  }
}
