import { eventCount } from '../../kernel/hooks.js';
import type { CallRecorder } from '../calls/call-recorder.js';
import { boundHandler } from '../binding/bindings.js';
import { type AnyFunction, takeIdentity } from '../decorators/function-identity.js';
import type { OperationDecoration } from '../decorators/handler-decoration.js';
import { observeResult } from '../results/result-observer.js';
import type { StoreObservation, StoreTarget } from './store-observation.js';
import type { StoreOperation } from './store-operation.js';
import type { PreparedCall } from './store-operation-options.js';

/** Call of an event store method. */
export class StoreCall implements CallRecorder, PreparedCall {
  readonly #operation: StoreOperation;
  readonly #args: readonly unknown[];
  readonly #target: StoreTarget;
  #observation: StoreObservation | undefined;
  #isStream = false;

  constructor(operation: StoreOperation, args: readonly unknown[]) {
    this.#operation = operation;
    this.#args = args;
    this.#target = operation.targetOf(args);
  }

  /** Calls the method and passes its result or error through unchanged. */
  invoke(method: AnyFunction, self: unknown): unknown {
    // Before the operation starts, because the producer of an event is the appending span, not the
    // append itself.
    const args = this.#operation.prepare(this.#args, this);
    this.start();
    let result: unknown;
    try {
      result = this.run(() => Reflect.apply(method, self, args));
    } catch (error) {
      this.fail(0, error);
      throw error;
    }
    return observeResult(result, this, 0);
  }

  carry(metadata: unknown): unknown {
    return this.#operation.carry(metadata);
  }

  get isLive(): boolean {
    return this.#operation.spec.live === true;
  }

  start(): number {
    this.#observation = this.#operation.observe(this.#target);
    return 0;
  }

  run<T>(work: () => T): T {
    return this.#observation === undefined ? work() : this.#observation.run(work);
  }

  streaming(): void {
    this.#isStream = true;
  }

  seen(item: unknown): void {
    if (this.#operation.effect === 'read') this.#observation?.count(this.#eventsOf(item, 1));
  }

  succeed(_startedMs: number, result: unknown): void {
    const { spec } = this.#operation;
    const isConflict = this.#operation.ask(() => spec.conflicted?.(result, ...this.#args), false);
    if (isConflict === true) {
      this.#observation?.conflict();
      return;
    }
    if (!this.#isStream || this.#operation.effect === 'append') this.#countResult(result);
    this.#observation?.succeed();
  }

  fail(_startedMs: number, error: unknown): void {
    const { spec } = this.#operation;
    if (this.#operation.ask(() => spec.absent?.(error), false) === true) {
      this.#observation?.succeed();
      return;
    }
    this.#observation?.fail(error, this.#operation.conflictOf(error, this.#target));
  }

  broken(error: unknown): void {
    if (this.isLive) this.#observation?.interrupt(error);
  }

  abandon(): void {
    this.#observation?.abandon();
  }

  again(): StoreCall {
    return new StoreCall(this.#operation, this.#args);
  }

  #countResult(result: unknown): void {
    if (this.#operation.spec.perStream === undefined) {
      const events = this.#eventsOf(result, 0);
      // Creates the series of a category with its first call, not with its first event.
      this.#observation?.count(events);
      this.#operation.publishVersion(this.#target, result, this.#args);
      return;
    }
    for (const { stream, events } of this.#operation.perStream(this.#args)) {
      this.#observation?.count(events, this.#operation.categoryOf(stream));
    }
  }

  #eventsOf(result: unknown, otherwise: number): number {
    const { spec, effect } = this.#operation;
    if (effect === 'none') return 0;
    return this.#operation.ask(() => {
      if (spec.events !== undefined) return eventCount(spec.events(result, ...this.#args) ?? 0);
      return effect === 'append' ? 0 : defaultCount(result, otherwise);
    }, 0);
  }
}

function defaultCount(result: unknown, otherwise: number): number {
  if (Array.isArray(result)) return result.length;
  const { events } = (result ?? {}) as { readonly events?: unknown };
  return Array.isArray(events) ? events.length : otherwise;
}

/** Returns a method that behaves like `original` and is observed on instances that are bound to an application. */
export function wrapOperation(original: AnyFunction, decoration: OperationDecoration): AnyFunction {
  const { index } = decoration;
  // A method, not a function expression: like the original, it has no `prototype` and is not a
  // constructor.
  const { observed } = {
    observed(this: unknown, ...args: unknown[]): unknown {
      const operation = boundHandler(this, index, decoration);
      if (operation === undefined) return Reflect.apply(original, this, args);
      return new StoreCall(operation, args).invoke(original, this);
    },
  };
  takeIdentity(observed, original);
  return observed;
}
