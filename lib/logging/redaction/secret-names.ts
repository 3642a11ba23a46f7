// Names of secrets without case and separators: `x-api-key` is `xapikey`.
const CONTAINS =
  /secret(?!ar)|token(?!i[sz])|credential|authori[sz]ation|cookie|apikey|privatekey|accesskey|accountkey|connectionstring|encryptionkey|signingkey|passw(?:or)?d|passphrase|passcode/;
const ENDS = /(?:pass|pwd|dsn|sessionid)$/;
const EXACT: ReadonlySet<string> = new Set(
  `auth bearer cardnumber creditcard csrf cvc cvv jwt otp passkey pin session sid signature ssn xsrf`.split(
    ' ',
  ),
);
// A number under such a name is an amount.
const AMOUNT = /tokens|count|length|size|limit|total|used|attempts?$/;

const SEPARATORS = /[^\p{L}\p{N}]/gu;
const REMEMBERED = 2_000;
const LONGEST_NAME = 128;

/** Returns a name without case and separators: `x-api-key`, `XApiKey` and `x_api_key` are equal. */
function normalizedName(name: string): string {
  return name.slice(0, LONGEST_NAME).replaceAll(SEPARATORS, '').toLowerCase();
}

/** Own names in addition to the built-in ones, and names that are no secrets. */
interface SecretNameRules {
  readonly keys?: readonly string[] | undefined;
  readonly allowKeys?: readonly string[] | undefined;
}

/** Decides by its name whether a value is a secret. */
export class SecretNames {
  readonly #own: ReadonlySet<string>;
  readonly #allowed: ReadonlySet<string>;
  // Lines repeat the same few names.
  readonly #known = new Map<string, boolean>();

  constructor({ keys = [], allowKeys = [] }: SecretNameRules = {}) {
    this.#own = new Set(keys.map(normalizedName));
    this.#allowed = new Set(allowKeys.map(normalizedName));
  }

  /** Returns true for a name under which a secret is kept, in any spelling: `DB_PASSWORD`, `accessToken`. */
  has(name: string): boolean {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const found = this.#decide(normalizedName(name));
    if (this.#known.size < REMEMBERED && name.length <= LONGEST_NAME) this.#known.set(name, found);
    return found;
  }

  /** Returns true for a value that is no secret under any name: nothing, a yes or no, or an amount such as `max_tokens`. */
  isHarmless(name: string, value: unknown): boolean {
    if (value === null || value === '' || typeof value === 'boolean') return true;
    const isNumber =
      typeof value === 'number' || (typeof value === 'string' && /^\d{1,9}$/.test(value));
    return isNumber && !this.#own.has(normalizedName(name)) && AMOUNT.test(normalizedName(name));
  }

  #decide(name: string): boolean {
    if (this.#allowed.has(name)) return false;
    if (this.#own.has(name)) return true;
    const unnumbered = name.replace(/\d{1,9}$/, '');
    if (this.#own.has(unnumbered) || EXACT.has(unnumbered)) return true;
    return CONTAINS.test(unnumbered) || ENDS.test(unnumbered);
  }
}

const builtIn = new SecretNames();

/** Returns true for a name under which a secret is kept, by the built-in names. */
export function isSecretName(name: string): boolean {
  return builtIn.has(name);
}
