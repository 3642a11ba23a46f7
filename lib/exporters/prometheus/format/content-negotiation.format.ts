/** Format of the exposition. */
export type ExpositionKind = 'text' | 'openmetrics';

interface Offer {
  readonly kind: ExpositionKind;
  readonly type: string;
  readonly version: string;
}

// In order of preference, for clients without one.
const OFFERS: readonly Offer[] = [
  { kind: 'text', type: 'text/plain', version: '0.0.4' },
  { kind: 'openmetrics', type: 'application/openmetrics-text', version: '1.0.0' },
];
// The server alone limits the length of a header.
const MOST_RANGES = 32;

interface Range {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
  readonly position: number;
}

/**
 * Returns the format that an `Accept` header prefers; text 0.0.4 when it accepts no known format.
 * Source: https://www.rfc-editor.org/rfc/rfc9110#name-accept
 */
export function acceptedFormat(accept: string | undefined): ExpositionKind {
  const ranges = parse(accept);
  const wanted = OFFERS.flatMap(({ kind, ...offer }) => {
    const range = bestRange(ranges, offer);
    return range === undefined || range.quality === 0 ? [] : [{ kind, range }];
  }).toSorted(({ range: a }, { range: b }) => b.quality - a.quality || a.position - b.position);
  return wanted[0]?.kind ?? 'text';
}

/** Returns true if an `Accept-Encoding` header prefers gzip to no compression. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const codings = parse(acceptEncoding);
  const qualityOf = (...names: readonly string[]) =>
    codings.find(({ name }) => names.includes(name))?.quality;
  const gzip = qualityOf('gzip', 'x-gzip') ?? qualityOf('*') ?? 0;
  return gzip > 0 && gzip >= (qualityOf('identity') ?? 0);
}

/** Returns the most specific range that matches an offer. */
function bestRange(ranges: readonly Range[], offer: Omit<Offer, 'kind'>): Range | undefined {
  const [group = ''] = offer.type.split('/');
  for (const name of [offer.type, `${group}/*`, '*/*']) {
    const found = ranges.find((it) => {
      const version = it.parameters.get('version');
      return it.name === name && (version === undefined || version === offer.version);
    });
    if (found !== undefined) return found;
  }
  return undefined;
}

function parse(header = ''): Range[] {
  return header
    .split(',', MOST_RANGES)
    .map((it, position) => parseRange(it, position))
    .filter(({ name }) => name !== '');
}

function parseRange(text: string, position: number): Range {
  const [name = '', ...rest] = text.split(';').map((it) => it.trim().toLowerCase());
  const parameters = new Map(
    rest.map((it) => {
      const [key = '', value = ''] = it.split('=', 2);
      return [key.trim(), value.trim().replaceAll('"', '')];
    }),
  );
  return { name, parameters, quality: qualityOf(parameters.get('q')), position };
}

/** Returns the quality of a range: 1 when absent, 0 when invalid. */
function qualityOf(text: string | undefined): number {
  if (text === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 0;
}

const REASON_LIMIT = 200;
// Longest examined prefix. The patterns take quadratic time, and a message may contain a whole
// response.
const MESSAGE_LIMIT = 1000;
const REDACTED = '[redacted]';

const SECRET_WORD =
  '[\\w-]*(?:passw(?:or)?d|passphrase|pwd|secret|token|credential|session|(?:api|access|private)[_-]?key)[\\w-]*';
const VALUE = '(?:"[^"]*"|\'[^\']*\'|[^\\s,;&]+)';

/** Patterns of credentials in messages. They prefer to remove too much, because the log has the whole message. */
const CREDENTIALS: readonly RegExp[] = [
  // Credentials of a URL: scheme://user:password@host
  /\/\/\S+@/g,
  // Headers up to the end of the message.
  /\b(?:authorization|(?:set-)?cookie)\b["']?\s*[=:].*/gi,
  /\b(?:bearer|basic)\s+\S+/gi,
  // password=…, "token": "…", secret is '…'
  new RegExp(`\\b${SECRET_WORD}["']?\\s*(?:[=:]|\\b(?:is|was)\\b)\\s*${VALUE}`, 'gi'),
  new RegExp(`\\b${SECRET_WORD}\\s+(?:"[^"]*"|'[^']*')`, 'gi'),
  // Keys, hashes and signed tokens, recognizable by their length.
  /\beyJ[\w-]+\.[\w.-]+/g,
  /[A-Za-z0-9+/_-]{32,}={0,2}/g,
];

/** Formats the cause of a failed scrape for a response: short, on one line and without credentials. */
export function formatGatheringFault(error: unknown): string {
  const reason =
    error instanceof Error ? `${error.name}: ${error.message}` : 'a collector threw no error';
  const line = withoutLastWord(reason).replace(/\s+/g, ' ');
  const safe = CREDENTIALS.reduce((text, pattern) => text.replace(pattern, REDACTED), line);
  return `# gathering metrics failed: ${safe.slice(0, REASON_LIMIT).toWellFormed()}\n`;
}

/** Truncates a long text and drops the last word, which may be part of a password. */
function withoutLastWord(text: string): string {
  return text.length <= MESSAGE_LIMIT ? text : text.slice(0, MESSAGE_LIMIT).replace(/\S*$/, '…');
}
