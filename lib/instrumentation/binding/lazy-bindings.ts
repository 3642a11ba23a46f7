import { type BindingTable, fillLazily, stopFilling } from './bindings.js';
import { boundHandlerOf, type InstrumentationDeps } from './bound-decorations.js';
import type { Handler } from './handler-inventory.js';

/**
 * Binds the handlers of one application, with their series at 0: each at its first call, or before the first scrape. Most
 * handlers are not called while the application starts.
 */
export class LazyBindings {
  readonly #deps: InstrumentationDeps;
  readonly #unbound = new Map<BindingTable, Map<number, Handler>>();

  constructor(deps: InstrumentationDeps) {
    this.#deps = deps;
  }

  /** @throws ConfigurationError `OBS_HANDLER_OPTION` for an undeclared label. */
  bind(table: BindingTable, handler: Handler): void {
    table[handler.decoration.index] = boundHandlerOf(handler, this.#deps);
  }

  /** Binds each of these handlers at its first call. */
  defer(table: BindingTable, handlers: readonly Handler[]): void {
    if (handlers.length === 0) return;
    this.#unbound.set(table, new Map(handlers.map((it) => [it.decoration.index, it])));
    fillLazily(table, (index) => this.#bindDeferred(table, index));
  }

  /**
   * Binds deferred handlers.
   *
   * @param limit - Number of handlers at most.
   * @returns `true` when none is left.
   */
  prepare(limit: number): boolean {
    let left = limit;
    for (const [table, handlers] of this.#unbound) {
      for (const index of handlers.keys()) {
        if (left-- <= 0) return false;
        this.#bindDeferred(table, index);
      }
    }
    return true;
  }

  /** Forgets the deferred handlers. */
  clear(): void {
    for (const table of this.#unbound.keys()) this.#forget(table);
  }

  /** A fault does not reach the caller of the handler. */
  #bindDeferred(table: BindingTable, index: number): void {
    const handlers = this.#unbound.get(table);
    const handler = handlers?.get(index);
    if (handlers === undefined || handler === undefined) return;
    handlers.delete(index);
    if (handlers.size === 0) this.#forget(table);
    try {
      this.bind(table, handler);
    } catch (fault) {
      this.#deps.context.faults.report('instrumentation', fault);
    }
  }

  #forget(table: BindingTable): void {
    this.#unbound.delete(table);
    stopFilling(table);
  }
}
