// Control characters, quotes, line separators and lone surrogates: each of them could end a line or a text.
// oxlint-disable-next-line no-control-regex
const SPECIAL = /[\u0000-\u001f"\\\u007f-\u009f\u2028\u2029\ud800-\udfff]/;
const BREAKS = /[\u007f-\u009f\u2028\u2029]/g;

const LONGEST_PLAIN = 64;
const ASCII = 128;
/** True for characters that could begin an escape, JSON or a pair. */
const SIGNS = Uint8Array.from({ length: ASCII }, (_, code) =>
  code < 33 || code === 127 || '"\\[]{}<>%:='.includes(String.fromCharCode(code)) ? 1 : 0,
);

/** Returns true for a short text that is its own JSON and contains neither JSON nor a pair of a name and a value. */
export function isPlainText(text: string): boolean {
  const { length } = text;
  if (length > LONGEST_PLAIN) return false;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code >= ASCII || SIGNS[code] === 1) return false;
  }
  return true;
}

/** Returns text as a JSON string that contains no line break and no control character. */
export function jsonText(text: string): string {
  if (!SPECIAL.test(text)) return `"${text}"`;
  return JSON.stringify(text).replace(BREAKS, escaped);
}

/** Returns a value as JSON that contains no line break and no control character. */
export function jsonValue(value: unknown): string {
  return JSON.stringify(value).replace(BREAKS, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Returns text for a terminal or a line of a file: control characters and line breaks are written as escapes. */
export function plainText(text: string): string {
  return SPECIAL.test(text) ? jsonText(text).slice(1, -1).replaceAll('\\"', '"') : text;
}
