import { ConfigurationError } from '../kernel/configuration-error.js';
import { LABEL_VALUE_LIMIT, toLabelValue } from '../kernel/label.js';

/** Registration of a connection pool or circuit breaker. */
export interface Registration {
  /** Name in the series, as registered. */
  readonly name: string;
  /** Ends the registration: removes the series and restores the source. Repeated calls have no effect. */
  unregister(): void;
}

/** Source to register. */
export interface NamedSource {
  readonly name: string;
  /**
   * The pool or breaker itself. Discovery registers an instance once; the application may register it several times.
   */
  readonly instance: object;
  /**
   * Starts the observation.
   *
   * @param name - Assigned name.
   * @param ended - Ends the registration when the source was closed, possibly synchronously.
   * @returns A function that ends the observation.
   */
  begin(name: string, ended: () => void): () => void;
}

interface Entry extends Registration {
  readonly instance: object;
  readonly isFound: boolean;
}

const ROOM_FOR_NUMBER = 8;

/** Sources of one kind by name. */
export class NamedSources {
  readonly #kind: string;
  readonly #byName = new Map<string, Entry>();

  /** @param kind - Kind of the sources, for error messages. */
  constructor(kind: string) {
    this.#kind = kind;
  }

  /** True when no source is registered. */
  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  /**
   * Registers a source by name. A registration by discovery of the same instance ends.
   *
   * @throws ConfigurationError `OBS_SOURCE_INVALID` for a name that is not a valid label value, `OBS_SOURCE_DUPLICATE`
   * for a name in use.
   */
  register(source: NamedSource): Registration {
    this.#assertName(source.name);
    const found = this.#entryOf(source.instance);
    if (found?.isFound) found.unregister();
    if (this.#byName.has(source.name)) throw this.#duplicate(source.name);
    return this.#enter(source, { name: source.name, isFound: false });
  }

  /** Registers a discovered source under a unique name. An instance that is already registered is ignored. */
  registerFound(source: NamedSource): void {
    if (this.#entryOf(source.instance) !== undefined) return;
    this.#enter(source, { name: this.#uniqueName(source.name), isFound: true });
  }

  /** Ends all registrations. */
  clear(): void {
    for (const entry of this.#byName.values()) entry.unregister();
  }

  #enter({ instance, begin }: NamedSource, named: { name: string; isFound: boolean }): Entry {
    const { name } = named;
    let end: (() => void) | undefined;
    const remove = () => {
      if (this.#byName.get(name) === entry) this.#byName.delete(name);
    };
    const unregister = () => {
      remove();
      end?.();
      end = undefined;
    };
    const entry: Entry = { ...named, instance, unregister };
    this.#byName.set(name, entry);
    end = begin(name, remove);
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
      remedy: 'Pass a short name from a small set, never an id.',
    });
  }

  #duplicate(name: string): ConfigurationError {
    return new ConfigurationError('OBS_SOURCE_DUPLICATE', {
      subject: `name of a ${this.#kind}`,
      value: name,
      rule: `another ${this.#kind} uses this name`,
      remedy: 'Choose another name, or unregister the other one first.',
    });
  }
}
