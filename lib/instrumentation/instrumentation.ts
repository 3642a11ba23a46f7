import { sharedSymbol } from '../kernel/peers/process-state.js';
import type { HandlerIdentity } from '../kernel/observer.js';
import { type BindingTable, bindInstance, prototypeOf, tableOf } from './binding/bindings.js';
import {
  boundOperationOf,
  handlerOf,
  type InstrumentationDeps,
  isBoundAtOnce,
  type Unhandled,
  type WorkBinding,
} from './binding/bound-decorations.js';
import { HandlerBinding } from './binding/handler-binding.js';
import { TrackedCall } from './calls/current-observation.js';
import {
  type DiscoveredMethod,
  discoverMethod,
  observeOverride,
} from './binding/discovered-method.js';
import { type ClassBinding, ClassBindings } from './binding/class-bindings.js';
import { observeFields } from './binding/instance-fields.js';
import {
  type Decoration,
  effectiveDecorations,
  hasDecorations,
} from './decorators/handler-decoration.js';
import { type Handler, HandlerInventory } from './binding/handler-inventory.js';
import { type HandlerClass, methodName } from './decorators/handler-name.js';
import { LazyBindings } from './binding/lazy-bindings.js';

/** Key under which the injector passes {@link Instrumentation} to its instances. */
export const INSTRUMENTATION: unique symbol = sharedSymbol('instrumentation') as never;

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
  readonly [INSTRUMENTATION] = true;
  readonly inventory = new HandlerInventory();
  /** Methods that cannot be observed, with the reason, by class and name. */
  readonly unobservable = new Map<string, string>();
  readonly #classes = new ClassBindings((added) => this.#fill(added));
  readonly #adopted: Adopted[] = [];
  readonly #discovered = new Map<object, Decoration[]>();
  #parts: InstrumentationDeps | undefined;
  #late: LazyBindings | undefined;

  /** Recognizes the instances of every copy of this package, and no mock. */
  static [Symbol.hasInstance](value: unknown): value is Instrumentation {
    return (value as Partial<Instrumentation> | null | undefined)?.[INSTRUMENTATION] === true;
  }

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
    const prototype = prototypeOf(instance);
    if (prototype !== null && this.#classes.has(prototype)) this.bind(instance);
  }

  /**
   * Observes an undecorated method of a class in this application only.
   *
   * @param instance - Instance, if any, which may have the method as its own property.
   */
  discover(prototype: object, method: DiscoveredMethod, instance?: unknown): void {
    const decoration = discoverMethod(prototype, method, instance);
    if (decoration === undefined || !this.#remember(prototype, decoration)) return;
    if (!this.#classes.has(prototype)) this.#classes.tableOf(prototype);
    else for (const it of this.#classes.list(prototype)) this.#fill(it);
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
    if (prototype !== undefined && this.#hasHandlers(prototype)) this.#classes.tableOf(prototype);
  }

  /** Traces calls and messages, if anything does. */
  get tracing(): InstrumentationDeps['tracing'] {
    return this.#parts?.tracing;
  }

  /** Returns the binding of work without a method of its own, with its series at 0. Spans of its calls are optional. */
  bindWork(
    identity: HandlerIdentity,
    { isTraced, options = {}, span = {}, tracing = this.#parts?.tracing }: WorkBinding,
  ): HandlerBinding | undefined {
    if (this.#parts === undefined) return undefined;
    const { observer, context } = this.#parts;
    const tracer = isTraced ? tracing?.bind({ ...identity, span }) : undefined;
    const parts = { observer: observer.bind(identity), tracer, context };
    return new HandlerBinding(identity, options, parts);
  }

  /** Records a message without a handler as a failure. Never throws. */
  unhandled({ kind, name, message, error }: Unhandled): void {
    try {
      const binding = this.bindWork({ kind, name, labels: {} }, { isTraced: true });
      if (binding === undefined) return;
      const call = new TrackedCall(binding, [message], binding.follow([message]));
      call.fail(call.start(), error);
    } catch (fault) {
      this.#parts?.context.faults.report('instrumentation', fault);
    }
  }

  /** Returns true if the application provides the class of this prototype or a subclass of it. */
  knowsClass(prototype: object): boolean {
    return this.#classes.hasKindOf(prototype);
  }

  /** Starts observing. */
  connect(parts: InstrumentationDeps): void {
    this.#parts = parts;
    this.#late = new LazyBindings(parts);
    for (const it of this.#classes.list()) this.#fill(it);
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
    for (const { instance, table, before } of this.#adopted.splice(0).toReversed()) {
      if (before !== undefined && tableOf(instance) === table) bindInstance(instance, before);
    }
    for (const { table } of this.#classes.list()) table.length = 0;
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
    } catch {
      this.#lose(prototype, decoration.key, 'the class is frozen');
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
    const classes = this.#classes;
    const table = classes.tableOf(prototype);
    const decorations = () => effectiveDecorations(prototype, this.#discovered.get(prototype));
    const before = classes.fieldsOf(instance, prototype);
    const { observed, fixed } = observeFields(instance, decorations, before);
    for (const { key } of fixed) this.#lose(prototype, key, 'an instance of it is frozen');
    return observed.length === 0 ? table : classes.tableOf(prototype, observed);
  }

  #fill({ prototype, fields, table }: ClassBinding): void {
    const parts = this.#parts;
    const late = this.#late;
    if (parts === undefined || late === undefined) return;
    table.length = 0;
    const left: Handler[] = [];
    for (const method of this.#decorationsOf(prototype)) {
      const decoration = fields.find(({ key }) => key === method.key) ?? method;
      if (decoration.kind === 'event_store') {
        table[decoration.index] = boundOperationOf(decoration, parts);
        continue;
      }
      const handler = handlerOf(decoration, prototype.constructor as HandlerClass, parts);
      this.inventory.add(handler);
      // Retains the index, because an empty table means a closed application.
      table[decoration.index] = undefined;
      if (isBoundAtOnce(handler)) late.bind(table, handler);
      else left.push(handler);
    }
    late.defer(table, left);
  }

  #lose(prototype: object, key: string | symbol, reason: string): void {
    this.unobservable.set(`${prototype.constructor.name}.${methodName(key)}`, reason);
  }
}
