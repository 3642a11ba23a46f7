import { SecretNames } from './secret-names.js';
import { CENSOR, SecretPatterns } from './secret-patterns.js';
import { SecretPaths } from './secret-paths.js';

/** Redaction of secrets in log lines. */
export interface RedactOptions {
  /**
   * Names of secrets in addition to the built-in ones. Case and separators do not count: `x-api-key` is also `xApiKey`.
   *
   * @defaultValue none
   */
  readonly keys?: readonly string[];
  /** Built-in names that are no secrets in your application. @defaultValue none */
  readonly allowKeys?: readonly string[];
  /**
   * Paths of secrets below the fields of a line: `user.email`, `*.iban` for any first name, `**.note` at any depth.
   *
   * @defaultValue none
   */
  readonly paths?: readonly string[];
  /**
   * Forms of secrets in text in addition to the built-in ones: regular expressions, `'email'`, or `'card'` for payment
   * card numbers. An expression runs on each text of a line, so it must be linear.
   *
   * @defaultValue none
   */
  readonly patterns?: readonly (RegExp | 'email' | 'card')[];
  /** Text in place of a secret. @defaultValue `[Redacted]` */
  readonly censor?: string;
}

const PLACEHOLDER = /(?:([\w.-]{2,64})["']?\s{0,2}[:=]\s{0,2}["']?)?%[sdifjoOc]/g;
const EMAIL = /[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}/g;
const CARD = /(?<![\d])\d(?:[ -]?\d){12,18}(?!\d)/g;

/** Finds secrets by their name, their place and their form. */
export class LineRedactor {
  /** Text in place of a secret. */
  readonly censor: string;
  /** Secrets by their place. */
  readonly paths: SecretPaths;
  readonly #names: SecretNames | undefined;
  readonly #patterns: SecretPatterns | undefined;
  readonly #hidesCards: boolean;

  /** @param options - `false` redacts nothing. */
  constructor(options: RedactOptions | false = {}) {
    const { keys, allowKeys, paths = [], patterns = [], censor = CENSOR } = options || {};
    this.censor = censor;
    this.paths = new SecretPaths(paths);
    this.#hidesCards = patterns.includes('card');
    if (options === false) return;
    const names = new SecretNames({ keys, allowKeys });
    const own = patterns.flatMap((it) => (it === 'card' ? [] : [it === 'email' ? EMAIL : it]));
    this.#names = names;
    this.#patterns = new SecretPatterns({ names, own, censor });
  }

  /** Returns true for the name of a secret. */
  isSecretName(name: string): boolean {
    return this.#names?.has(name) === true;
  }

  /** Returns false for a text without signs that no pattern can match. */
  mayChange(text: string): boolean {
    return this.#hidesCards || this.#patterns?.mayMatchPlain(text) === true;
  }

  /** Returns true for a value that is no secret under any name. */
  isHarmless(name: string, value: unknown): boolean {
    return this.#names?.isHarmless(name, value) !== false;
  }

  /** Returns the arguments of a template, without those of placeholders after the name of a secret: `password=%s`. */
  args(template: string, args: readonly unknown[]): readonly unknown[] {
    const names = [...template.matchAll(PLACEHOLDER)].map(([, name]) => name);
    return args.map((it, i) => {
      const name = names[i];
      return name !== undefined && this.isSecretName(name) ? this.censor : it;
    });
  }

  /** Returns the text without the secrets that it contains. */
  text(text: string): string {
    const found = this.#patterns?.redact(text) ?? text;
    if (!this.#hidesCards) return found;
    return found.replace(CARD, (digits) => (isCardNumber(digits) ? this.censor : digits));
  }
}

/** Luhn's checksum. */
function isCardNumber(text: string): boolean {
  const digits = text.replaceAll(/\D/g, '');
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i]);
    const doubled = digit * 2;
    sum += i % 2 === 0 ? digit : doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
