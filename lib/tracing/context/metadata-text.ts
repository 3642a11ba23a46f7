// More than any value that the carrier keeps, so that a longer one is still seen to be too long.
const BYTE_LIMIT = 8193;

/**
 * The text of a metadata value: text itself, a number, bytes of text, or a list of these.
 *
 * @returns `undefined` for no value.
 * @throws TypeError for anything else.
 */
export function metadataText(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value instanceof Uint8Array) {
    return Buffer.from(value.subarray(0, BYTE_LIMIT)).toString('utf8');
  }
  if (Array.isArray(value)) {
    // Several fields of one name are one list: https://www.rfc-editor.org/rfc/rfc9110#section-5.2
    const texts = value.map(metadataText).filter((it) => it !== undefined);
    return texts.length === 0 ? undefined : texts.join(',');
  }
  throw new TypeError('a metadata value is text, a number or bytes of text');
}
