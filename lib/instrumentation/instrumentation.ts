import { ConfigurationError } from '../kernel/configuration-error.js';
import type { TracingObserver } from '../kernel/call-tracer.js';
import type { EventStoreObserver } from '../kernel/event-store-observer.js';
import type { HandlerIdentity, Observer } from '../kernel/observer.js';
import { type BindingTable, bindInstance, tableOf } from './bindings.js';
import { type BindingContext, type BoundHandler, HandlerBinding } from './handler-binding.js';
import { effectiveDecorations, type OperationDecoration } from './handler-decoration.js';
import { type Handler, HandlerInventory } from './handler-inventory.js';
import { type HandlerClass, handlerName, methodName } from './handler-name.js';
import { type HandlerLabels, LabelledHandler } from './labelled-handler.js';
import { StoreOperation } from './store-operation.js';

/** Key under which the injector hands {@link Instrumentation} to the instances it makes. */
export const INSTRUMENTATION: unique symbol = Symbol.for('eventcore.instrumentation') as never;

/** What instrumentation works with once the options of the application are known. */
export interface InstrumentationParts {
  readonly observer: Observer;
  readonly context: BindingContext;
  readonly handlerLabels: HandlerLabels;
  /** Makes spans, when anybody wants to. */
  readonly tracing?: TracingObserver | undefined;
  /** Remembers operations on event stores; without it they are not observed. */
  readonly eventStore?: EventStoreObserver;
}

/** An instance that somebody else made, and where it reported before: another application may use it at the same time. */
interface Adopted {
  readonly instance: object;
  readonly table: BindingTable;
  readonly before: BindingTable | undefined;
}

/**
 * Binds the decorated instances of one application. It exists before everything else in the application, so that it can
 * be injected everywhere; what is bound before {@link Instrumentation.connect} is observed from then on.
 */
export class Instrumentation {
  readonly inventory = new HandlerInventory();
  readonly #tables = new Map<object, BindingTable>();
  readonly #adopted: Adopted[] = [];
  #parts: InstrumentationParts | undefined;

  /** Observes the handlers of an instance that the injector made. Never throws: the injector is not to blame. */
  bind(instance: object): void {
    try {
      bindInstance(instance, this.#tableOf(Object.getPrototypeOf(instance) as object));
    } catch (fault) {
      this.#parts?.context.faults.report('instrumentation', fault);
    }
  }

  /** Like {@link Instrumentation.bind} for an instance that may have no handlers. Never throws, either. */
  bindDecorated(instance: object): void {
    const prototype = prototypeOf(instance);
    if (prototype !== null && effectiveDecorations(prototype).length > 0) this.bind(instance);
  }

  /**
   * Observes the handlers of an instance that somebody else made, until {@link Instrumentation.release}.
   *
   * @throws ConfigurationError `OBS_HANDLER_OPTION` for a label that the module does not declare.
   */
  adopt(instance: object): void {
    const prototype = prototypeOf(instance);
    if (prototype === null || effectiveDecorations(prototype).length === 0) return;
    const table = this.#tableOf(prototype);
    const before = tableOf(instance);
    if (before === table) return;
    this.#adopted.push({ instance, table, before });
    bindInstance(instance, table);
  }

  /**
   * Makes the handlers of a class known, with their series at 0, before there is an instance.
   *
   * @throws ConfigurationError `OBS_HANDLER_OPTION` for a label that the module does not declare.
   */
  register(handlerClass: HandlerClass): void {
    const prototype = handlerClass.prototype as object | undefined;
    if (prototype !== undefined && effectiveDecorations(prototype).length > 0)
      this.#tableOf(prototype);
  }

  /** Begins to observe. */
  connect(parts: InstrumentationParts): void {
    this.#parts = parts;
    for (const [prototype, table] of this.#tables) this.#fill(table, prototype);
  }

  /** Stops observing: instances may outlive the application, and other applications may go on using them. */
  release(): void {
    for (const { instance, table, before } of this.#adopted.splice(0)) {
      if (before !== undefined && tableOf(instance) === table) bindInstance(instance, before);
    }
    for (const table of this.#tables.values()) table.length = 0;
    this.#parts = undefined;
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
    if (parts === undefined) return;
    const handlerClass = prototype.constructor as HandlerClass;
    for (const decoration of effectiveDecorations(prototype)) {
      if (decoration.kind === 'event_store') {
        table[decoration.index] = boundOperationOf(decoration, parts);
        continue;
      }
      const name = handlerName(decoration, handlerClass);
      const handler = { kind: decoration.kind, name, handlerClass, decoration };
      this.inventory.add(handler);
      table[decoration.index] = boundHandlerOf(handler, parts);
    }
  }
}

function prototypeOf(instance: object): object | null {
  try {
    return Object.getPrototypeOf(instance) as object | null;
  } catch {
    // A proxy that is not to be looked into.
    return null;
  }
}

function boundHandlerOf(handler: Handler, parts: InstrumentationParts): BoundHandler {
  const { kind, name, decoration } = handler;
  const { observer, context, handlerLabels, tracing } = parts;
  const { labels: hooks, buckets, span = {}, id, metadata, eventTime } = decoration.options;
  const ownHooks = {
    ...(id && { id }),
    ...(metadata && { metadata }),
    ...(eventTime && { eventTime }),
  };
  const bind = (labels: Readonly<Record<string, string>>) => {
    const identity: HandlerIdentity = { kind, name, labels, buckets };
    return new HandlerBinding(identity, decoration.options, {
      observer: observer.bind(identity),
      tracer: span === false ? undefined : tracing?.bind({ ...identity, span, ...ownHooks }),
      context,
      decoration,
    });
  };
  if (hooks === undefined) return bind({});
  assertDeclared(handler, handlerLabels);
  const { faults } = context;
  return new LabelledHandler({ decoration, hooks, declared: handlerLabels, faults, bind });
}

function boundOperationOf(
  decoration: OperationDecoration,
  { eventStore: observer, context, tracing }: InstrumentationParts,
): StoreOperation | undefined {
  if (observer === undefined) return undefined;
  return new StoreOperation(decoration.options, { observer, context, tracing }, decoration);
}

function assertDeclared(
  { kind, handlerClass, decoration }: Handler,
  declared: HandlerLabels,
): void {
  const names = kind === 'projection' ? [] : Object.keys(declared);
  const unknown = Object.keys(decoration.options.labels ?? {}).find((it) => !names.includes(it));
  if (unknown === undefined) return;
  throw new ConfigurationError('OBS_HANDLER_OPTION', {
    subject: `${handlerClass.name}.${methodName(decoration.key)}, labels`,
    value: unknown,
    rule:
      kind === 'projection'
        ? 'projections have no labels of their own'
        : `a label is one of those that handlerLabels declares: ${names.join(', ') || 'none'}`,
    remedy: 'Declare the label and its values in handlerLabels, or remove the hook.',
  });
}
