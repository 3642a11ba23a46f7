/** Text that replaces a secret. */
export const HIDDEN = '[hidden]';

/** Maximum number of UTF-16 code units of a text that is searched for secrets; the rest is cut off before the search. */
const TEXT_LIMIT = 8_192;

// Names under which secrets are kept, compared in lower case without separators: `x-api-key` is `xapikey`.
const SECRET_NAME =
  /pass(?:word|wd|phrase)?$|secret|token|credential|authori[sz]ation|cookie|apikey|privatekey|accesskey|connectionstring|dsn$|sessionid$/;
const SEPARATORS = /[-_.\s]/g;
const NAME_LIMIT = 128;

/**
 * Shapes of well-known secrets, each linear in the length of the text: a match begins at a fixed prefix or at a boundary
 * that its own characters cannot contain.
 */
const SECRETS: readonly (readonly [pattern: RegExp, replacement: string])[] = [
  // A truncated key has no end line.
  [
    /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/g,
    HIDDEN,
  ],
  // User and password of an address.
  [/\/\/[^\s/@]*@/g, '//'],
  [/\b(Bearer|Basic)[ \t]{1,4}(?=[\w.~+/=-]{8})[\w.~+/-]*[\d=._~+/-][\w.~+/=-]*/gi, `$1 ${HIDDEN}`],
  // JSON Web Tokens and encrypted ones.
  [/(?<![\w-])eyJ[\w-]{5,}\.[\w-]{2,}(?:\.[\w-]*){0,3}/g, HIDDEN],
  // AWS access key ids.
  [
    /(?<![A-Z0-9])(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA|AGPA|ANPA|ANVA)[A-Z2-7]{16}(?![A-Z0-9])/g,
    HIDDEN,
  ],
  // GitHub, GitLab, npm, PyPI, Docker, Hugging Face, Shopify, DigitalOcean, Grafana, New Relic, HashiCorp, Databricks.
  [/(?<!\w)gh[pousr]_[A-Za-z0-9]{30,}|(?<!\w)github_pat_\w{22,}/g, HIDDEN],
  [/(?<![\w-])(?:glpat-|pypi-|NRAK-|dckr_pat_|glsa_|hvs\.|hvb\.)[\w-]{16,}/g, HIDDEN],
  [
    /(?<!\w)(?:npm_|hf_)[A-Za-z0-9]{30,}|(?<!\w)(?:shp(?:at|ca|pa|ss)_|do[opr]_v1_|dapi)[0-9a-f]{32,}/g,
    HIDDEN,
  ],
  // Slack tokens and webhooks.
  [
    /(?<!\w)(?:xox[a-z]|xapp)-[\w-]{10,}|hooks\.slack\.com\/(?:services|workflows)\/[\w/]+/g,
    HIDDEN,
  ],
  // Stripe, OpenAI, Anthropic and others with their form.
  [
    /(?<![\w-])(?:[sr]k|pk|whsec)[-_](?:live|test|proj|ant|svcacct|admin|or)[-_][\w-]{10,}/g,
    HIDDEN,
  ],
  [/(?<![\w-])(?:sk-[A-Za-z0-9]{20,}|whsec_[A-Za-z0-9+/=]{20,})/g, HIDDEN],
  // Google, SendGrid, Twilio, Mailgun, Telegram.
  [/(?<![\w-])(?:AIza[\w-]{35}|ya29\.[\w-]{20,}|GOCSPX-[\w-]{20,})/g, HIDDEN],
  [
    /(?<![\w-])(?:SG\.[\w-]{16,}\.[\w-]{16,}|SK[0-9a-f]{32}|key-[0-9a-f]{32}|\d{8,10}:[\w-]{35})(?![\w-])/g,
    HIDDEN,
  ],
  // password=… of a connection string or an address, and JSON in a text.
  [
    /(password|passwd|pwd|passphrase|secret|token|api[-_]?key|access[-_]?key|account[-_]?key|private[-_]?key)(["']?\s{0,8}[=:]\s{0,8}["']?)[^\s;,&"']+/gi,
    `$1=${HIDDEN}`,
  ],
];

/** Returns true for a name under which a secret is kept, in any spelling: `DB_PASSWORD`, `x-api-key`, `accessToken`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.slice(0, NAME_LIMIT).replace(SEPARATORS, '').toLowerCase());
}

/**
 * Returns a text without the secrets whose shape is known: tokens, key ids, private keys, credentials in addresses and
 * assignments such as `password=…`. A text of more than 8192 code units is cut.
 */
export function redactText(text: string): string {
  let clean = text.length > TEXT_LIMIT ? text.slice(0, TEXT_LIMIT) : text;
  for (const [pattern, replacement] of SECRETS) clean = clean.replace(pattern, replacement);
  return clean;
}
