import { SecretNames } from './secret-names.js';
import { isOpaque, SecretPairs } from './secret-pairs.js';

/** Text in place of a secret in log lines. */
export const CENSOR = '[Redacted]';

/** Text in place of a secret elsewhere. */
export const HIDDEN = '[hidden]';

const TEXT_LIMIT = 8_192;

// Each form is linear in the length of the text: a match begins at a fixed prefix or at a boundary that its own characters
// cannot contain.
const FORMS: readonly RegExp[] = [
  // JSON Web Tokens and encrypted ones.
  /(?<![\w-])eyJ[\w-]{5,}\.[\w-]{2,}(?:\.[\w-]*){0,3}/g,
  // A truncated key has no end line.
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY[A-Z ]{0,10}-----[^-]*(?:-----END [A-Z0-9 ]{0,40}-----)?/g,
  // AWS access key ids.
  /(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA|AGPA|ANPA|ANVA)[A-Z0-9]{12,}/g,
  // GitHub, GitLab, npm, PyPI, Docker, Hugging Face, Shopify, DigitalOcean, Grafana, New Relic, HashiCorp, Databricks.
  /(?<!\w)(?:gh[pousr]_|github_pat_|npm_|hf_)\w{16,}/g,
  /(?<![\w-])(?:glpat-|pypi-|NRAK-|dckr_pat_|glsa_|hvs\.|hvb\.)[\w-]{16,}/g,
  /(?<!\w)(?:shp(?:at|ca|pa|ss)_|do[opr]_v1_|dapi)[0-9a-f]{32,}/g,
  // Slack tokens and webhooks.
  /(?<!\w)(?:xox[a-z]|xapp)-[\w-]{8,}|hooks\.slack\.com\/(?:services|workflows)\/[\w/]+/g,
  // Stripe, OpenAI, Anthropic and others with their form.
  /(?<![\w-])(?:[sr]k|pk|whsec)[-_](?:live|test|proj|ant|svcacct|admin|or)[-_][\w-]{8,}/g,
  /(?<![\w-])(?:sk-[A-Za-z0-9_-]{16,}|whsec_[A-Za-z0-9+/=]{20,})/g,
  // Google, SendGrid, Twilio, Mailgun, Telegram.
  /(?<![\w-])(?:AIza[\w-]{30,}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,})/g,
  /(?<![\w-])(?:SG\.[\w-]{16,}\.[\w-]{16,}|SK[0-9a-f]{32}|key-[0-9a-f]{32}|\d{8,10}:[\w-]{35})(?![\w-])/g,
];

/** User and password of an address. */
const USERINFO = /(\/\/)[^\s/?#"'<>]+(?=@)/g;

// Forms that need no sign and no space around them.
const TOKEN =
  /eyJ|A[A-Z]{3}[A-Z0-9]|gh[pousr]_|github_pat|glpat|npm_|hf_|pypi-|NRAK|dckr_|glsa_|hv[sb]\.|shp[a-z]{2}_|do[opr]_v1|dapi|xox|xapp|[srp]k[-_]|whsec|AIza|ya29|GOCSPX|SG\.|SK[0-9a-f]|key-/;
// What else a rule below may change.
const SUSPICIOUS =
  /\/\/[^\s/]*@|\d:|bearer|basic|pass|pwd|dsn|secret|token|key|auth|cookie|cred|sess|sid|sig|jwt|otp|pin|cvc|cvv|ssn|card|connection|csrf|xsrf|slack/i;

const SCHEME = /\b(bearer|basic)(\s{1,4})([\w.~+/=-]{8,})/gi;
const SCHEME_WORDS =
  /^(?:auth|authentication|authorization|challenge|credentials?|headers?|schemes?|tokens?)[.,:;]?$/i;

const HEADER = /\b((?:proxy-)?authorization|(?:set-)?cookie)(\s{0,2}[:=]\s{0,4})([^\r\n"']{8,})/gi;
// The parameters of schemes such as Digest are in quotes.
const PARAMETERS =
  /\b((?:proxy-)?authorization\s{0,2}[:=]\s{0,4}[\w-]{1,32}\s{1,4})[\w-]{1,32}=(?:"[^"\r\n]*"|[^\s,"]+)(?:,\s{0,4}[\w-]{1,32}=(?:"[^"\r\n]*"|[^\s,"]+)){0,40}/gi;

/** Rules of a {@link SecretPatterns}. */
export interface SecretPatternRules {
  /** Names whose values are secrets in `name=value` and in JSON. @defaultValue the built-in names */
  readonly names?: SecretNames;
  /** Forms in addition to the built-in ones. @defaultValue none */
  readonly own?: readonly RegExp[];
  /** @defaultValue `[Redacted]` */
  readonly censor?: string;
}

/** Replaces secrets in text that are recognisable by their form or by the name before them. */
export class SecretPatterns {
  readonly #pairs: SecretPairs;
  readonly #own: readonly RegExp[];
  readonly #censor: string;

  constructor({ names = new SecretNames(), own = [], censor = CENSOR }: SecretPatternRules = {}) {
    this.#pairs = new SecretPairs(names, censor);
    this.#own = own.map((it) => new RegExp(it.source, [...new Set(`${it.flags}g`)].join('')));
    this.#censor = censor;
  }

  /** Returns false for a text without spaces and signs of pairs that has no form of a secret. */
  mayMatchPlain(text: string): boolean {
    return this.#own.length > 0 || (text.length >= SHORTEST_TOKEN && TOKEN.test(text));
  }

  /** Returns the text without secrets; the same text when it has none. */
  redact(text: string): string {
    if (this.#own.length === 0 && !isSuspicious(text)) return text;
    let found = text;
    for (const it of this.#own) found = found.replace(it, () => this.#censor);
    for (const it of FORMS) found = found.replace(it, () => this.#censor);
    found = found.replace(USERINFO, `$1${this.#censor.replaceAll('$', '$$$$')}`);
    found = found.replace(PARAMETERS, (_, name: string) => `${name}${this.#censor}`);
    found = found.replace(HEADER, (...[all, name, between, value]: Match) =>
      isOpaque(value.replaceAll(this.#censor, '')) ? `${name}${between}${this.#censor}` : all,
    );
    found = found.replace(SCHEME, (...[all, scheme, space, value]: Match) =>
      this.#isCredential(scheme, value) ? `${scheme}${space}${this.#censor}` : all,
    );
    return this.#pairs.redact(found);
  }

  #isCredential(scheme: string, value: string): boolean {
    if (SCHEME_WORDS.test(value)) return false;
    return scheme.startsWith('B') && /^bearer$/i.test(scheme) ? true : isOpaque(value);
  }
}

const SIGN = /[=:\s<%]/;
const SHORTEST_PAIR = 5;
const SHORTEST_TOKEN = 13;

function isSuspicious(text: string): boolean {
  if (text.length < SHORTEST_PAIR) return false;
  if (text.length >= SHORTEST_TOKEN && TOKEN.test(text)) return true;
  return SIGN.test(text) && SUSPICIOUS.test(text);
}

/** Arguments of a replacer: the match and its three groups. */
type Match = [all: string, first: string, second: string, third: string];

const hidden = new SecretPatterns({ censor: HIDDEN });

/**
 * Returns a text without the secrets whose form is known: tokens, key ids, private keys, credentials in addresses and
 * assignments such as `password=…`. A text of more than 8192 code units is cut.
 */
export function redactText(text: string): string {
  return hidden.redact(text.length > TEXT_LIMIT ? text.slice(0, TEXT_LIMIT) : text);
}
