import { type BindingTable, fillLazily, stopFilling } from './bindings.js';
import { boundHandlerOf, type InstrumentationDeps } from './bound-decorations.js';
import type { HandlerBinding } from './handler-binding.js';
import type { Handler } from './handler-inventory.js';

/**
 * Handlers of one application that are bound, and bindings that make their series, when somebody needs them: most are not
 * called while it starts, and nobody sees series before somebody reads metrics.
 */
export class LazyBindings {
  readonly #parts: InstrumentationDeps;
  readonly #unbound = new Map<BindingTable, readonly Handler[]>();
  #unprepared: HandlerBinding[] = [];

  constructor(parts: InstrumentationDeps) {
    this.#parts = parts;
  }

  /** @throws ConfigurationError `OBS_HANDLER_OPTION` for a label that the module does not declare. */
  bind(table: BindingTable, handler: Handler): void {
    table[handler.decoration.index] = boundHandlerOf(handler, this.#parts, this.#unprepared);
  }

  /** Binds these, which are all that the table misses, with the first call of one of them. */
  leave(table: BindingTable, handlers: readonly Handler[]): void {
    if (handlers.length === 0) return;
    this.#unbound.set(table, handlers);
    fillLazily(table, () => this.#bindAll(table));
  }

  /**
   * Does what has been left.
   *
   * @param limit - For how many handlers at most.
   * @returns Whether that was all of them.
   */
  prepare(limit: number): boolean {
    for (const table of this.#unbound.keys()) {
      if (this.#unprepared.length >= limit) break;
      this.#bindAll(table);
    }
    for (const binding of this.#unprepared.splice(0, limit)) this.#guard(() => binding.prepare());
    return this.#unprepared.length === 0 && this.#unbound.size === 0;
  }

  /** Does nothing of it any more. */
  clear(): void {
    for (const table of this.#unbound.keys()) this.#forget(table);
    this.#unprepared = [];
  }

  /** Whoever calls a handler is not to blame. */
  #bindAll(table: BindingTable): void {
    const handlers = this.#unbound.get(table) ?? [];
    this.#forget(table);
    for (const it of handlers) this.#guard(() => this.bind(table, it));
  }

  #forget(table: BindingTable): void {
    this.#unbound.delete(table);
    stopFilling(table);
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (fault) {
      this.#parts.context.faults.report('instrumentation', fault);
    }
  }
}
