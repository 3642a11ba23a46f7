const REASON_LIMIT = 200;
// What is looked at. The patterns take quadratic time, and a message may hold a whole response.
const MESSAGE_LIMIT = 1000;
const REDACTED = '[redacted]';

const SECRET_WORD =
  '[\\w-]*(?:passw(?:or)?d|passphrase|pwd|secret|token|credential|session|(?:api|access|private)[_-]?key)[\\w-]*';
const VALUE = '(?:"[^"]*"|\'[^\']*\'|[^\\s,;&]+)';

/** What credentials look like in messages. When in doubt it goes: the whole message is in the log. */
const CREDENTIALS: readonly RegExp[] = [
  // scheme://user:password@host
  /\/\/\S+@/g,
  // Headers, to the end of the message.
  /\b(?:authorization|(?:set-)?cookie)\b["']?\s*[=:].*/gi,
  /\b(?:bearer|basic)\s+\S+/gi,
  // password=…, "token": "…", secret is '…'
  new RegExp(`\\b${SECRET_WORD}["']?\\s*(?:[=:]|\\b(?:is|was)\\b)\\s*${VALUE}`, 'gi'),
  new RegExp(`\\b${SECRET_WORD}\\s+(?:"[^"]*"|'[^']*')`, 'gi'),
  // Keys, hashes and signed tokens stand out by their length.
  /\beyJ[\w-]+\.[\w.-]+/g,
  /[A-Za-z0-9+/_-]{32,}={0,2}/g,
];

/** Why a scrape failed, fit to be shown: short, on one line and without credentials. */
export function formatGatheringFault(error: unknown): string {
  const reason =
    error instanceof Error ? `${error.name}: ${error.message}` : 'a collector threw no error';
  const line = withoutLastWord(reason).replace(/\s+/g, ' ');
  const safe = CREDENTIALS.reduce((text, pattern) => text.replace(pattern, REDACTED), line);
  return `# gathering metrics failed: ${safe.slice(0, REASON_LIMIT).toWellFormed()}\n`;
}

/** The beginning of a long text without the word that the cut goes through: it may be half a password. */
function withoutLastWord(text: string): string {
  return text.length <= MESSAGE_LIMIT ? text : text.slice(0, MESSAGE_LIMIT).replace(/\S*$/, '…');
}
