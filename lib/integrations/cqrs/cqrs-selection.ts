import { ConfigurationError } from '../../kernel/configuration-error.js';
import { classNameOf } from '../../instrumentation/decorators/class-name.js';
import type { CqrsClass, CqrsOptions } from './cqrs-options.js';
import type { MessageClass } from './cqrs-role.js';

/** Selects the observed handlers, and tracks the option names that matched nothing. */
export class CqrsSelection {
  readonly #include: readonly CqrsClass[] | undefined;
  readonly #exclude: readonly CqrsClass[];
  readonly #unknown: Set<CqrsClass>;

  constructor({ include, exclude = [] }: CqrsOptions) {
    this.#include = include;
    this.#exclude = exclude;
    this.#unknown = new Set([...(include ?? []), ...exclude]);
  }

  /** Returns true when a handler, or a message without a handler, is observed. */
  accepts(handlerClass: MessageClass | undefined, messages: readonly MessageClass[]): boolean {
    const classes = handlerClass === undefined ? messages : [handlerClass, ...messages];
    this.#know(classes);
    const isIncluded =
      this.#include === undefined || classes.some((it) => isMeant(it, this.#include));
    return isIncluded && !this.#excludes(handlerClass, messages);
  }

  /**
   * Checks that every name has matched a class. Classes that matched nothing are accepted: the compiler verifies that
   * they exist, and a test may leave them out.
   *
   * @throws ConfigurationError `OBS_OPTION_INVALID` for a name that matched no class.
   */
  assertNamesKnown(): void {
    const names = [...this.#unknown].filter((it) => typeof it === 'string');
    if (names.length === 0) return;
    const problems = names.map((value) => ({
      subject: this.#exclude.includes(value) ? 'cqrs.exclude' : 'cqrs.include',
      value,
      rule: 'must name a handler of the application, or a handled command, query or event',
      remedy: 'Correct the name, or pass the class itself if only some applications contain it.',
    }));
    throw new ConfigurationError('OBS_OPTION_INVALID', ...problems);
  }

  #excludes(handlerClass: MessageClass | undefined, messages: readonly MessageClass[]): boolean {
    if (handlerClass !== undefined && isMeant(handlerClass, this.#exclude)) return true;
    return messages.length > 0 && messages.every((it) => isMeant(it, this.#exclude));
  }

  #know(classes: readonly MessageClass[]): void {
    for (const option of this.#unknown) {
      if (classes.some((it) => isMeant(it, [option]))) this.#unknown.delete(option);
    }
  }
}

function isMeant(candidate: MessageClass, options: readonly CqrsClass[] = []): boolean {
  return options.some((it) =>
    typeof it === 'string'
      ? candidate.name === it || classNameOf(candidate).name === it
      : candidate === it || (candidate.prototype as unknown) instanceof it,
  );
}
