import type { LineRedactor } from '../redaction/line-redactor.js';
import { jsonText } from './json-text.format.js';
import { isPairValue } from './value-pairs.js';

const MOST_NAMES = 2_000;
const LONGEST_NAME = 64;

/** Name of a member with all decisions about it. */
export interface KnownName {
  readonly name: string;
  /** JSON of the name with its colon. */
  readonly key: string;
  readonly isSecret: boolean;
  /** May be the value of a pair such as `{ name, value }`. */
  readonly isPairValue: boolean;
}

/** Decides about each name once: lines repeat the same few names. */
export class KnownNames {
  readonly #redactor: LineRedactor;
  readonly #clean: (name: string) => string;
  readonly #known = new Map<string, KnownName>();

  constructor(redactor: LineRedactor, clean: (name: string) => string) {
    this.#redactor = redactor;
    this.#clean = clean;
  }

  /** Returns the decisions about the name of a member. */
  of(name: string): KnownName {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const made: KnownName = {
      name,
      key: `${jsonText(this.#clean(name))}:`,
      isSecret: this.#redactor.isSecretName(name),
      isPairValue: isPairValue(name),
    };
    if (this.#known.size < MOST_NAMES && name.length <= LONGEST_NAME) this.#known.set(name, made);
    return made;
  }

  /** Returns the decisions about an element of a list; its name matters to secret paths only. */
  element(index: number): KnownName {
    return this.#redactor.paths.isUsed ? this.of(String(index)) : ELEMENT;
  }
}

const ELEMENT: KnownName = { name: '', key: '', isSecret: false, isPairValue: false };
