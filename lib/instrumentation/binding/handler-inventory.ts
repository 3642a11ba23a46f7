import { ConfigurationError } from '../../kernel/configuration-error.js';
import type { HandlerKind } from '../../kernel/handler-kind.js';
import type { HandlerDecoration } from '../decorators/handler-decoration.js';
import { type HandlerClass, methodName } from '../decorators/handler-name.js';

/** A handler of the application. */
export interface Handler {
  readonly kind: HandlerKind;
  readonly name: string;
  /** Values of the kind's fixed labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly handlerClass: HandlerClass;
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
   * @throws ConfigurationError `OBS_HANDLER_DUPLICATE` for two handlers with the same name, unless
   * both allow it. Methods of one class are no duplicates where the class names the handler.
   */
  assertUniqueNames(): void {
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
  const allShare = handlers.every((it) => it.decoration.options.shared === true);
  return !areOne && !allShare;
}

function describe({ handlerClass, decoration }: Handler): string {
  return `${handlerClass.name}.${methodName(decoration.key)}`;
}
