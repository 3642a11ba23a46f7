import { readSafely, UNREADABLE } from './error-members.js';

const PAIR_NAME = /^(?:name|key|header|field|parameter)$/i;
const PAIR_VALUE = /^val(?:ues?)?$/i;
const ARGUMENT = /^--?(?=[a-z])/i;

/** Finds values whose names are values themselves: `{ name, value }`, lists of headers, arguments of commands. */
export class ValuePairs {
  readonly #isSecretName: (name: string) => boolean;

  constructor(isSecretName: (name: string) => boolean) {
    this.#isSecretName = isSecretName;
  }

  /** Returns true for the value of a pair of which the object has the name of a secret. */
  isSecretMember(target: object, { name, names }: Member): boolean {
    if (!isPairValue(name)) return false;
    return names.some((it) => PAIR_NAME.test(it) && this.namesSecret(it, readSafely(target, it)));
  }

  /** Returns true for the member of a pair that holds the name of a secret. */
  namesSecret(name: string, value: unknown): boolean {
    return typeof value === 'string' && PAIR_NAME.test(name) && this.#isSecretName(value);
  }

  /** Returns true for an element after the name of a secret: in a list of headers, or after `--password`. */
  isSecretElement(items: readonly unknown[], { i, isFlat }: Element): boolean {
    const name = i === 0 ? undefined : readAt(items, i - 1);
    if (typeof name !== 'string' || !((isFlat && i % 2 === 1) || ARGUMENT.test(name))) return false;
    return this.#isSecretName(name);
  }
}

interface Member {
  readonly name: string;
  /** All names of the object. */
  readonly names: readonly string[];
}

interface Element {
  readonly i: number;
  /** The list consists of names and values in turns. */
  readonly isFlat: boolean;
}

/** Returns true for the name of the value in a pair. */
export function isPairValue(name: string): boolean {
  return name.length >= 3 && name.length <= 6 && PAIR_VALUE.test(name);
}

/** Returns an element of a list; what cannot be read is `[Unreadable]`. */
export function readAt(items: readonly unknown[], index: number): unknown {
  try {
    return items[index] ?? null;
  } catch {
    return UNREADABLE;
  }
}

/** Returns true for header lists of Node.js: names and values take turns. */
export function isFlatPairs(items: readonly unknown[]): boolean {
  if (items.length < 2 || items.length % 2 !== 0) return false;
  for (let i = 0; i < items.length; i += 2) if (typeof items[i] !== 'string') return false;
  return true;
}
