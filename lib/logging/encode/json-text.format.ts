// Control characters, quotes, line separators and lone surrogates: each of them could end a line or a text.
// oxlint-disable-next-line no-control-regex
const SPECIAL = /[\u0000-\u001f"\\\u007f-\u009f\u2028\u2029\ud800-\udfff]/;
const BREAKS = /[\u007f-\u009f\u2028\u2029]/g;

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
