const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};
const ESCAPE =
  /\\(?:([abfnrtv\\"'])|([0-7]{3})|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|[^]?)/g;
const MAX_CODE_POINT = 0x10ffff;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Returns the value of a quoted string, with the escape sequences of Go.
 *
 * @param fail - Called with the problem of a wrong escape sequence.
 */
export function unquote(text: string, fail: (problem: string) => never): string {
  const quote = text[0]!;
  const body = text.slice(1, -1);
  if (quote === '`' || !body.includes('\\')) return body;
  const bytes: number[] = [];
  let end = 0;
  for (const match of body.matchAll(ESCAPE)) {
    bytes.push(...encoder.encode(body.slice(end, match.index)));
    bytes.push(...bytesOf(match, { quote, fail }));
    end = match.index + match[0].length;
  }
  bytes.push(...encoder.encode(body.slice(end)));
  // Octal and hexadecimal escapes are bytes: several of them can make one character.
  return decoder.decode(new Uint8Array(bytes));
}

function bytesOf(
  [sequence, letter, octal, hex, short, long]: RegExpMatchArray,
  { quote, fail }: { readonly quote: string; readonly fail: (problem: string) => never },
): Iterable<number> {
  if (letter !== undefined && (letter === quote || letter in ESCAPES)) {
    return encoder.encode(ESCAPES[letter] ?? letter);
  }
  const byte = octal === undefined ? Number.parseInt(hex ?? '', 16) : Number.parseInt(octal, 8);
  if (byte <= 0xff) return [byte];
  const code = Number.parseInt(short ?? long ?? '', 16);
  const isSurrogate = code >= 0xd800 && code < 0xe000;
  if (code <= MAX_CODE_POINT && !isSurrogate) return encoder.encode(String.fromCodePoint(code));
  if (octal ?? short ?? long) {
    return fail('escape sequence is an invalid Unicode code point');
  }
  return fail(`unknown escape sequence ${JSON.stringify(sequence)}`);
}

/** Returns the value of a number: decimal, hexadecimal, octal, `Inf` or `NaN`, in any case. */
export function parseNumber(text: string): number {
  const digits = text.toLowerCase().replaceAll('_', '');
  if (digits === 'inf') return Infinity;
  if (digits === 'nan') return Number.NaN;
  return /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
}

const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;
const UNITS_MS = [31_536e6, 6_048e5, 864e5, 36e5, 6e4, 1e3, 1];
// 292 years, the longest duration of Go.
const MAX_DURATION_MS = 2 ** 63 / 1e6;

/**
 * Returns the length of a duration such as `1h30m`, in milliseconds; `undefined` for an invalid or too long one.
 */
export function parseDuration(text: string): number | undefined {
  const counts = text === '' ? null : DURATION.exec(text);
  if (counts === null) return undefined;
  const ms = UNITS_MS.reduce((sum, unit, i) => sum + unit * Number(counts[i + 1] ?? 0), 0);
  return ms < MAX_DURATION_MS ? ms : undefined;
}
