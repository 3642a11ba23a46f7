import { ConfigurationError } from '../kernel/configuration-error.js';
import { LABEL_VALUE_LIMIT, toLabelValue } from '../kernel/label.js';

/** A pool or circuit breaker that is registered. */
export interface Registration {
  /** The name that its series have: the one that was given, whatever the source is called later. */
  readonly name: string;
  /** Ends it: its series go, and the source is as it was before. What comes after the first call does nothing. */
  unregister(): void;
}

/** What is to be registered. */
export interface NamedSource {
  readonly name: string;
  /** The pool or breaker itself: it is registered once, unless the application asks for more. */
  readonly instance: object;
  /**
   * Begins to observe.
   *
   * @param name - The name that it got.
   * @param ended - To be called when the source is over for good, perhaps at once.
   * @returns A function that ends it.
   */
  begin(name: string, ended: () => void): () => void;
}

interface Entry extends Registration {
  readonly instance: object;
  readonly isFound: boolean;
}

const ROOM_FOR_NUMBER = 8;

/** The sources of one kind by name. */
export class NamedSources {
  readonly #kind: string;
  readonly #byName = new Map<string, Entry>();

  /** @param kind - What they are, for messages. */
  constructor(kind: string) {
    this.#kind = kind;
  }

  /** Whether none is registered. */
  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  /**
   * Registers what the application names. What was found by itself before is then found no more.
   *
   * @throws ConfigurationError `OBS_SOURCE_INVALID` for a name that is no label value, `OBS_SOURCE_DUPLICATE` for one
   * that is taken.
   */
  register(source: NamedSource): Registration {
    this.#assertName(source.name);
    const found = this.#entryOf(source.instance);
    if (found?.isFound) found.unregister();
    if (this.#byName.has(source.name)) throw this.#duplicate(source.name);
    return this.#enter(source, { name: source.name, isFound: false });
  }

  /** Registers what was found by itself, under a name that is made unique; nothing for what is registered already. */
  registerFound(source: NamedSource): void {
    if (this.#entryOf(source.instance) !== undefined) return;
    this.#enter(source, { name: this.#uniqueName(source.name), isFound: true });
  }

  /** Ends all of them. */
  clear(): void {
    for (const entry of this.#byName.values()) entry.unregister();
  }

  #enter({ instance, begin }: NamedSource, named: { name: string; isFound: boolean }): Entry {
    const { name } = named;
    let end: (() => void) | undefined;
    const forget = () => {
      if (this.#byName.get(name) === entry) this.#byName.delete(name);
    };
    const unregister = () => {
      forget();
      end?.();
      end = undefined;
    };
    const entry: Entry = { ...named, instance, unregister };
    this.#byName.set(name, entry);
    end = begin(name, forget);
    return entry;
  }

  #entryOf(instance: object): Entry | undefined {
    return [...this.#byName.values()].find((it) => it.instance === instance);
  }

  #uniqueName(wanted: string): string {
    const name = toLabelValue(wanted) || this.#kind.replace(' ', '_');
    if (!this.#byName.has(name)) return name;
    const stem = name.slice(0, LABEL_VALUE_LIMIT - ROOM_FOR_NUMBER);
    let number = 2;
    while (this.#byName.has(`${stem}_${number}`)) number++;
    return `${stem}_${number}`;
  }

  #assertName(name: unknown): void {
    if (typeof name === 'string' && name.trim() !== '' && toLabelValue(name) === name) return;
    throw new ConfigurationError('OBS_SOURCE_INVALID', {
      subject: `name of a ${this.#kind}`,
      value: name,
      rule: `1 to ${LABEL_VALUE_LIMIT} characters of well-formed text`,
      remedy: 'Pass a short name: one of few, never an id.',
    });
  }

  #duplicate(name: string): ConfigurationError {
    return new ConfigurationError('OBS_SOURCE_DUPLICATE', {
      subject: `name of a ${this.#kind}`,
      value: name,
      rule: `one ${this.#kind} has it already`,
      remedy: 'Choose another name, or unregister the other one first.',
    });
  }
}
