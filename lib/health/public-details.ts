const MAX_DEPTH = 3;
const MAX_ENTRIES = 32;
const MAX_TEXT = 256;
const HIDDEN = '[hidden]';
// Names under which secrets and stacks are kept.
const SECRET_NAME =
  /pass(?:word|wd|phrase)?$|secret|token|credential|authori[sz]ation|cookie|api_?key|private_?key|connection_?string|dsn$|^stack$/i;
// user:password@ of an address, and password=… of a connection string.
const CREDENTIALS = /\/\/[^\s/@]*@/g;
const ASSIGNED_SECRET = /\b(password|passwd|pwd|secret|token|api_?key)\s*[=:]\s*[^\s;,&]+/gi;
const STACK_LINES = /\n\s+at [^]*$/;

/** What may be told of the details of a check: bounded, without stacks, and without what looks like a secret. */
export function publicDetails(details: object): Record<string, unknown> {
  return recordOf(details, 1);
}

function recordOf(value: object, depth: number): Record<string, unknown> {
  const entries = Object.entries(value).slice(0, MAX_ENTRIES);
  return Object.fromEntries(
    entries.map(([key, it]) => [key, SECRET_NAME.test(key) ? HIDDEN : publicValue(it, depth)]),
  );
}

function publicValue(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return publicText(value);
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Date) return value.toJSON();
  if (value instanceof Error) return value.name;
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '…';
  if (!Array.isArray(value)) return recordOf(value, depth + 1);
  return value.slice(0, MAX_ENTRIES).map((it) => publicValue(it, depth + 1));
}

function publicText(text: string): string {
  const clean = text
    .replace(STACK_LINES, '')
    .replace(CREDENTIALS, '//')
    .replace(ASSIGNED_SECRET, `$1=${HIDDEN}`);
  return clean.length <= MAX_TEXT ? clean : `${clean.slice(0, MAX_TEXT).toWellFormed()}…`;
}
