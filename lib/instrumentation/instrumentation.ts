import type { HandlerKind } from '../kernel/handler-kind.js';
import type { HandlerIdentity } from '../kernel/observer.js';
import { type BindingTable, bindInstance, prototypeOf, tableOf } from './binding/bindings.js';
import {
  boundOperationOf,
  type InstrumentationDeps,
  isBoundAtOnce,
  type Unhandled,
} from './binding/bound-decorations.js';
import { HandlerBinding } from './binding/handler-binding.js';
import { TrackedCall } from './calls/current-observation.js';
import {
  type DiscoveredMethod,
  discoverMethod,
  observeFields,
  observeOverride,
} from './binding/discovered-method.js';
import {
  type Decoration,
  effectiveDecorations,
  hasDecorations,
} from './decorators/handler-decoration.js';
import { type Handler, HandlerInventory } from './binding/handler-inventory.js';
import { fixedLabels, type HandlerClass, handlerName } from './decorators/handler-name.js';
import { LazyBindings } from './binding/lazy-bindings.js';

/** Key under which the injector passes {@link Instrumentation} to its instances. */
export const INSTRUMENTATION: unique symbol = Symbol.for('eventcore.instrumentation') as never;

/** Adopted instance with its previous binding, which another application may use. */
interface Adopted {
  readonly instance: object;
  readonly table: BindingTable;
  readonly before: BindingTable | undefined;
}

/**
 * Binds the decorated instances of one application. It is created before all other components, so that it can be injected
 * everywhere. Earlier bindings take effect with {@link Instrumentation.connect}.
 */
export class Instrumentation {
  readonly inventory = new HandlerInventory();
  readonly #tables = new Map<object, BindingTable>();
  readonly #adopted: Adopted[] = [];
  readonly #discovered = new Map<object, Decoration[]>();
  #parts: InstrumentationDeps | undefined;
  #late: LazyBindings | undefined;

  /**
   * Observes the handlers of an instance that the injector created. Never throws, so that
   * instantiation does not fail.
   */
  bind(instance: object): void {
    try {
      bindInstance(instance, this.#tableFor(instance, Object.getPrototypeOf(instance) as object));
    } catch (fault) {
      this.#parts?.context.faults.report('instrumentation', fault);
    }
  }

  /** Binds an instance that may have no handlers, like {@link Instrumentation.bind}. Never throws. */
  bindDecorated(instance: object): void {
    const prototype = prototypeOf(instance);
    if (prototype !== null && this.#hasHandlers(prototype)) this.bind(instance);
  }

  /** Binds an instance of a known class, like {@link Instrumentation.bind}. Never throws. */
  bindKnown(instance: unknown): void {
    if (typeof instance !== 'object' || instance === null) return;
    const table = this.#tables.get(prototypeOf(instance) ?? instance);
    if (table !== undefined) bindInstance(instance, table);
  }

  /**
   * Observes an undecorated method of a class in this application only.
   *
   * @param instance - Instance, if any, which may have the method as its own property.
   */
  discover(prototype: object, method: DiscoveredMethod, instance?: unknown): void {
    const decoration = discoverMethod(prototype, method, instance);
    if (decoration === undefined || !this.#remember(prototype, decoration)) return;
    const table = this.#tables.get(prototype);
    if (table === undefined) this.#tableOf(prototype);
    else this.#fill(table, prototype);
  }

  /**
   * Observes the handlers of an instance that the injector did not create, until {@link Instrumentation.release}.
   *
   * @throws ConfigurationError `OBS_HANDLER_OPTION` for an undeclared label.
   */
  adopt(instance: object): void {
    const prototype = prototypeOf(instance);
    if (prototype === null || !this.#hasHandlers(prototype)) return;
    const table = this.#tableFor(instance, prototype);
    const before = tableOf(instance);
    if (before === table) return;
    this.#adopted.push({ instance, table, before });
    bindInstance(instance, table);
  }

  /**
   * Registers the handlers of a class, with their series at 0, before it is instantiated.
   *
   * @throws ConfigurationError `OBS_HANDLER_OPTION` for an undeclared label.
   */
  register(handlerClass: HandlerClass): void {
    const prototype = handlerClass.prototype as object | undefined;
    if (prototype !== undefined && this.#hasHandlers(prototype)) this.#tableOf(prototype);
  }

  /** Returns the binding of a component without a method of its own, with its series at 0. */
  bindNamed(kind: HandlerKind, name: string): HandlerBinding | undefined {
    if (this.#parts === undefined) return undefined;
    const { observer, context } = this.#parts;
    const identity: HandlerIdentity = { kind, name, labels: {} };
    return new HandlerBinding(identity, {}, { observer: observer.bind(identity), context });
  }

  /** Records a message without a handler as a failure. Never throws. */
  unhandled({ kind, name, message, error }: Unhandled): void {
    if (this.#parts === undefined) return;
    const { observer, context, tracing } = this.#parts;
    try {
      const identity: HandlerIdentity = { kind, name, labels: {} };
      const tracer = tracing?.bind({ ...identity, span: {} });
      const parts = { observer: observer.bind(identity), tracer, context };
      const binding = new HandlerBinding(identity, {}, parts);
      const call = new TrackedCall(binding, [message], binding.follow([message]));
      call.fail(call.start(), error);
    } catch (fault) {
      context.faults.report('instrumentation', fault);
    }
  }

  /** Returns true if the application provides the class of this prototype or a subclass of it. */
  knowsClass(prototype: object): boolean {
    for (const known of this.#tables.keys()) {
      if (known === prototype || Object.prototype.isPrototypeOf.call(prototype, known)) return true;
    }
    return false;
  }

  /** Starts observing. */
  connect(parts: InstrumentationDeps): void {
    this.#parts = parts;
    this.#late = new LazyBindings(parts);
    for (const [prototype, table] of this.#tables) this.#fill(table, prototype);
  }

  /**
   * Binds handlers that have not been called and creates their series at 0. It is deferred because
   * series are only visible once metrics are read, which speeds up the start.
   *
   * @param limit - Maximum number of handlers.
   * @returns True if none is left.
   */
  prepare(limit = Infinity): boolean {
    return this.#late?.prepare(limit) ?? true;
  }

  /** Stops observing, because instances may outlive the application. */
  release(): void {
    for (const { instance, table, before } of this.#adopted.splice(0)) {
      if (before !== undefined && tableOf(instance) === table) bindInstance(instance, before);
    }
    for (const table of this.#tables.values()) table.length = 0;
    this.#discovered.clear();
    this.#late?.clear();
    this.#late = undefined;
    this.#parts = undefined;
  }

  #hasHandlers(prototype: object): boolean {
    return hasDecorations(prototype, this.#discovered.get(prototype));
  }

  #decorationsOf(prototype: object): Decoration[] {
    const decorations = effectiveDecorations(prototype, this.#discovered.get(prototype));
    return decorations.map((it) => this.#overrideOf(prototype, it) ?? it);
  }

  #overrideOf(prototype: object, decoration: Decoration): Decoration | undefined {
    try {
      const override = observeOverride(prototype, decoration);
      if (override !== undefined) this.#remember(prototype, override);
      return override;
    } catch (fault) {
      // A frozen prototype.
      this.#parts?.context.faults.report('instrumentation', fault);
      return undefined;
    }
  }

  /** Returns false for a decoration that is known. */
  #remember(prototype: object, decoration: Decoration): boolean {
    const known = this.#discovered.get(prototype) ?? [];
    if (known.includes(decoration)) return false;
    this.#discovered.set(prototype, [...known, decoration]);
    return true;
  }

  #tableFor(instance: object, prototype: object): BindingTable {
    const table = this.#tableOf(prototype);
    const effective = () => effectiveDecorations(prototype, this.#discovered.get(prototype));
    const fields = observeFields(instance, prototype, effective);
    if (fields.filter((it) => this.#remember(prototype, it)).length > 0)
      this.#fill(table, prototype);
    return table;
  }

  #tableOf(prototype: object): BindingTable {
    const known = this.#tables.get(prototype);
    if (known !== undefined) return known;
    const table: BindingTable = [];
    this.#tables.set(prototype, table);
    this.#fill(table, prototype);
    return table;
  }

  #fill(table: BindingTable, prototype: object): void {
    const parts = this.#parts;
    const late = this.#late;
    if (parts === undefined || late === undefined) return;
    table.length = 0;
    const handlerClass = prototype.constructor as HandlerClass;
    const left: Handler[] = [];
    for (const decoration of this.#decorationsOf(prototype)) {
      if (decoration.kind === 'event_store') {
        table[decoration.index] = boundOperationOf(decoration, parts);
        continue;
      }
      const messages = parts.messagesOf?.(handlerClass, decoration);
      const handler: Handler = {
        kind: decoration.kind,
        ...handlerName(decoration, handlerClass, messages),
        messages,
        labels: fixedLabels(decoration),
        handlerClass,
        decoration,
      };
      this.inventory.add(handler);
      // Retains the index, because an empty table means a closed application.
      table[decoration.index] = undefined;
      if (isBoundAtOnce(handler)) late.bind(table, handler);
      else left.push(handler);
    }
    late.defer(table, left);
  }
}
