import { ConfigurationError } from '../../kernel/configuration-error.js';
import type { HandlerKind } from '../../kernel/handler-kind.js';
import { type ClassName, type NamedClass, namingProblem } from '../decorators/class-name.js';
import type { HandlerDecoration } from '../decorators/handler-decoration.js';
import { type HandlerClass, methodName } from '../decorators/handler-name.js';

/** A handler of the application. */
export interface Handler {
  readonly kind: HandlerKind;
  readonly name: string;
  /** Values of the kind's fixed labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly handlerClass: HandlerClass;
  /** Class that gives the name; `undefined` for an explicit name. */
  readonly given?: ClassName;
  /** Message classes that a bus passes to the handler, none for all; `undefined` without a bus. */
  readonly messages?: readonly NamedClass[] | undefined;
  readonly decoration: HandlerDecoration;
}

/** Handlers of one application by name. */
export class HandlerInventory {
  readonly #byName = new Map<string, Handler[]>();

  /** Adds a handler. It replaces another decoration of the same method. */
  add(handler: Handler): void {
    const { kind, name, labels } = handler;
    const key = [kind.name, name, ...Object.values(labels)].join(' ');
    const others = this.#byName.get(key)?.filter((it) => !isSame(it, handler)) ?? [];
    others.push(handler);
    this.#byName.set(key, others);
  }

  /** Returns all handlers. */
  list(): Handler[] {
    return [...this.#byName.values()].flat();
  }

  /** @throws ConfigurationError `OBS_OPTION_INVALID` for handlers of a kind that the application lacks. */
  assertKinds(kinds: readonly HandlerKind[]): void {
    const others = this.list().filter((it) => !kinds.includes(it.kind));
    if (others.length === 0) return;
    const problems = others.map((it) => ({
      subject: 'plugins',
      value: describe(it),
      rule: `has ${it.kind.words.decorator}, which needs ${it.kind.words.plugin ?? 'a plugin'}`,
      remedy: `Add ${it.kind.words.plugin ?? 'the plugin'} to plugins.`,
    }));
    throw new ConfigurationError('OBS_OPTION_INVALID', ...problems);
  }

  /**
   * Checks that each name is that of one handler in the source code.
   *
   * @throws ConfigurationError `OBS_HANDLER_OPTION` for a name that a tool made, `OBS_HANDLER_DUPLICATE` for two handlers with the same name, unless
   * both allow it. Methods of one class are no duplicates where the class names the handler.
   */
  assertNames(): void {
    this.#assertSourceNames();
    const problems = [...this.#byName.values()]
      .filter((handlers) => handlers.length > 1 && isClash(handlers))
      .map(([first, ...others]) => ({
        subject: `${first?.kind.name} name`,
        value: first?.name,
        rule: `${[first, ...others].map((it) => it && describe(it)).join(' and ')} report under it`,
        remedy: 'Give each a name of its own, or put shared: true on all of them.',
      }));
    if (problems.length > 0) throw new ConfigurationError('OBS_HANDLER_DUPLICATE', ...problems);
  }

  /**
   * Returns handlers whose name differs from another class by a number only. A bundler may have added it, or the source
   * code has it.
   */
  numbered(): Handler[] {
    const handlers = this.list();
    const names = new Set<unknown>(
      handlers.flatMap(({ given, handlerClass, messages = [] }) => [
        given?.name,
        ...[handlerClass, ...messages].map((it) => it.name),
      ]),
    );
    return handlers.filter(({ given }) => given?.base !== undefined && names.has(given.base));
  }

  /** @throws ConfigurationError `OBS_HANDLER_OPTION` for handlers that a tool named. */
  #assertSourceNames(): void {
    const problems = this.list().flatMap((it) =>
      it.given?.madeBy === undefined
        ? []
        : [namingProblem(`${it.kind.words.decorator} on ${describe(it)}, name`, it.given)],
    );
    if (problems.length > 0) throw new ConfigurationError('OBS_HANDLER_OPTION', ...problems);
  }
}

function isSame(one: Handler, other: Handler): boolean {
  return one.handlerClass === other.handlerClass && one.decoration.key === other.decoration.key;
}

/** Returns true if handlers of the same name conflict. */
function isClash(handlers: readonly Handler[]): boolean {
  const [first] = handlers;
  const areOne =
    first?.kind.naming === 'class' &&
    handlers.every((it) => it.handlerClass === first.handlerClass);
  if (areOne || handlers.every((it) => it.decoration.options.shared === true)) return false;
  // Several modules may handle one message, in classes of one name.
  return !handlers.every((it) => it.decoration.discovered && handleOne(it, first));
}

/** Returns true for handlers of one message, or of all messages, of a bus. */
function handleOne({ messages: some }: Handler, other: Handler | undefined): boolean {
  const others = other?.messages;
  if (some === undefined || others === undefined) return false;
  return some.length === 0 || others.length === 0 || some.some((it) => others.includes(it));
}

function describe({ handlerClass, decoration }: Handler): string {
  return `${handlerClass.name}.${methodName(decoration.key)}`;
}
