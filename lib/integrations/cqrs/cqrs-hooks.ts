import { classNameOf } from '../../instrumentation/decorators/class-name.js';
import type { AnyFunction } from '../../instrumentation/decorators/function-identity.js';
import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import type { TracingObserver } from '../../kernel/call-tracer.js';
import type { HandlerKind } from '../../kernel/handler-kind.js';
import type { Faults } from '../../kernel/faults.js';
import { notify } from '../../kernel/hooks.js';
import type { BusMethods, CqrsBus, MessageBus } from './cqrs-buses.js';
import type { MessageClass } from './cqrs-role.js';
import type { CqrsSelection } from './cqrs-selection.js';
import { MethodOverrides } from '../../instrumentation/calls/method-overrides.js';
import { tracedSaga } from './saga-events.js';

/** Dependencies of {@link CqrsHooks}. */
export interface CqrsHookDeps {
  readonly instrumentation: Instrumentation;
  readonly selection: CqrsSelection;
  readonly faults: Faults;
  /** Creates spans, if tracing is enabled. */
  readonly tracing: TracingObserver | undefined;
  /** Runs before a bus binds a handler, which may be one that the application registers itself. */
  bound(handler: unknown): void;
}

type ErrorClass = new (name: unknown) => Error;

/**
 * Hooks on the buses of one application. They observe messages without a handler, request-scoped handlers, and the
 * causal order of messages. A message with a static handler passes through one additional call.
 */
export class CqrsHooks {
  readonly #deps: CqrsHookDeps;
  readonly #overrides = new MethodOverrides();

  constructor(deps: CqrsHookDeps) {
    this.#deps = deps;
  }

  /** Installs the hooks on a bus. */
  install(bus: CqrsBus): void {
    this.#bindResolved(bus.bus);
    this.#observeBound(bus.bus);
    if (bus.handles === undefined) this.#traceEvents(bus.bus);
    else this.#reportUnhandled(bus.bus, bus.handles, bus.methods);
  }

  /** Removes all hooks. */
  release(): void {
    this.#overrides.release();
  }

  /** Binds request-scoped handlers, which the bus resolves per message through its module reference. */
  #bindResolved(bus: MessageBus): void {
    const { moduleRef } = bus as { readonly moduleRef?: { resolve?: AnyFunction } };
    if (typeof moduleRef?.resolve !== 'function') return;
    const { instrumentation, faults } = this.#deps;
    const resolve = async (...args: unknown[]) => {
      const instance = await moduleRef.resolve?.(...args);
      notify(faults, 'cqrs', () => instrumentation.bindKnown(instance));
      return instance;
    };
    const binding = Object.create(moduleRef, { resolve: { value: resolve } }) as object;
    this.#overrides.field(bus, 'moduleRef', binding);
  }

  #observeBound(bus: MessageBus): void {
    const { faults } = this.#deps;
    this.#overrides.method(bus, 'bind', (original) => {
      const bound = (handler: unknown) => notify(faults, 'cqrs', () => this.#deps.bound(handler));
      return function (this: unknown, handler, ...rest) {
        bound(handler);
        return original.call(this, handler, ...rest);
      };
    });
  }

  #reportUnhandled(bus: MessageBus, kind: HandlerKind, { id, name }: BusMethods): void {
    const NotFound = notFoundErrorOf(bus, id);
    if (NotFound === undefined) return;
    const report = (message: unknown, error: unknown) =>
      notify(this.#deps.faults, 'cqrs', () => this.#report(kind, message, error));
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
          // The bus is about to throw an equal error of its own.
          report(message, new NotFound(found));
          return found;
        },
    );
  }

  #report(kind: HandlerKind, message: unknown, error: unknown): void {
    const { instrumentation, selection } = this.#deps;
    const { constructor } = Object.getPrototypeOf(message) as { constructor: MessageClass };
    if (!selection.accepts(undefined, [constructor])) return;
    const { name } = classNameOf(constructor);
    instrumentation.unhandled({ kind, name, message, error });
  }

  #traceEvents(bus: MessageBus): void {
    const { tracing, faults } = this.#deps;
    if (tracing === undefined) return;
    const published = (events: readonly unknown[]) =>
      notify(faults, 'cqrs', () => {
        for (const event of events) tracing.published(event);
      });
    this.#overrides.method(
      bus,
      'publish',
      (original) =>
        function (this: unknown, event, ...rest) {
          published([event]);
          return original.call(this, event, ...rest);
        },
    );
    this.#overrides.method(
      bus,
      'publishAll',
      (original) =>
        function (this: unknown, events, ...rest) {
          if (Array.isArray(events)) published(events);
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

/** Obtains the class of the error that the bus throws for a message without a handler, by provoking it. */
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
