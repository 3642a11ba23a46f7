/** The formats of the exposition. */
export type ExpositionKind = 'text' | 'openmetrics';

interface Offer {
  readonly kind: ExpositionKind;
  readonly type: string;
  readonly version: string;
}

// In the order of preference where the client has none.
const OFFERS: readonly Offer[] = [
  { kind: 'text', type: 'text/plain', version: '0.0.4' },
  { kind: 'openmetrics', type: 'application/openmetrics-text', version: '1.0.0' },
];
// A header may be as long as the server lets it.
const MOST_RANGES = 32;

interface Range {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
  readonly position: number;
}

/**
 * The format that an `Accept` header asks for; text 0.0.4 when it asks for none that there is.
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

/** Whether an `Accept-Encoding` header prefers gzip to no compression. */
export function acceptsGzip(acceptEncoding: string | undefined): boolean {
  const codings = parse(acceptEncoding);
  const qualityOf = (...names: readonly string[]) =>
    codings.find(({ name }) => names.includes(name))?.quality;
  const gzip = qualityOf('gzip', 'x-gzip') ?? qualityOf('*') ?? 0;
  return gzip > 0 && gzip >= (qualityOf('identity') ?? 0);
}

/** The most specific of the ranges that an offer is in. */
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

/** 1 when it is not given; what is no quality is none. */
function qualityOf(text: string | undefined): number {
  if (text === undefined) return 1;
  return /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(text) ? Number(text) : 0;
}

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
