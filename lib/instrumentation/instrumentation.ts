import { ConfigurationError } from '../kernel/configuration-error.js';
import type { HandlerIdentity, Observer } from '../kernel/observer.js';
import {
  type BindingTable,
  bindInstance,
  type BoundHandler,
  isBound,
  unbindInstance,
} from './bindings.js';
import { type BindingContext, HandlerBinding } from './handler-binding.js';
import { effectiveDecorations } from './handler-decoration.js';
import { type Handler, HandlerInventory } from './handler-inventory.js';
import { type HandlerClass, handlerName, methodName } from './handler-name.js';
import { type HandlerLabels, LabelledHandler } from './labelled-handler.js';

/** Key under which the injector hands {@link Instrumentation} to the instances it makes. */
export const INSTRUMENTATION: unique symbol = Symbol.for('eventcore.instrumentation') as never;

/** What instrumentation works with once the options of the application are known. */
export interface InstrumentationParts {
  readonly observer: Observer;
  readonly context: BindingContext;
  readonly handlerLabels: HandlerLabels;
}

/**
 * Binds the decorated instances of one application. It exists before everything else in the application, so that it can
 * be injected everywhere; what is bound before {@link Instrumentation.connect} is observed from then on.
 */
export class Instrumentation {
  readonly inventory = new HandlerInventory();
  readonly #tables = new Map<object, BindingTable>();
  readonly #adopted: { readonly instance: object; readonly table: BindingTable }[] = [];
  #parts: InstrumentationParts | undefined;

  /** Observes the handlers of an instance that the injector made. Never throws: the injector is not to blame. */
  bind(instance: object): void {
    try {
      bindInstance(instance, this.#tableOf(Object.getPrototypeOf(instance) as object));
    } catch (fault) {
      this.#parts?.context.faults.report('instrumentation', fault);
    }
  }

  /** Observes the handlers of an instance that somebody else made, until {@link Instrumentation.release}. */
  adopt(instance: object): void {
    const prototype = Object.getPrototypeOf(instance) as object | null;
    if (prototype === null || isBound(instance)) return;
    if (effectiveDecorations(prototype).length === 0) return;
    this.bind(instance);
    this.#adopted.push({ instance, table: this.#tableOf(prototype) });
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

  /** Stops observing what other applications may go on using. */
  release(): void {
    for (const { instance, table } of this.#adopted.splice(0)) unbindInstance(instance, table);
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
      const name = handlerName(decoration, handlerClass);
      const handler = { kind: decoration.kind, name, handlerClass, decoration };
      this.inventory.add(handler);
      table[decoration.index] = boundHandlerOf(handler, parts);
    }
  }
}

function boundHandlerOf(handler: Handler, parts: InstrumentationParts): BoundHandler {
  const { kind, name, decoration } = handler;
  const { observer, context, handlerLabels } = parts;
  const { labels: hooks, buckets } = decoration.options;
  const bind = (labels: Readonly<Record<string, string>>) => {
    const identity: HandlerIdentity = { kind, name, labels, buckets };
    return new HandlerBinding(identity, decoration.options, {
      observer: observer.bind(identity),
      context,
    });
  };
  if (hooks === undefined) return bind({});
  assertDeclared(handler, handlerLabels);
  return new LabelledHandler({ hooks, declared: handlerLabels, faults: context.faults, bind });
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
