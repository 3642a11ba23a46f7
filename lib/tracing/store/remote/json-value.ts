/** JSON object with unvalidated members. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Returns the value as an object. @throws TypeError for any other value */
export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as JsonObject;
  }
  throw new TypeError(`${what} is not an object.`);
}

/**
 * Returns the value as a list; empty when absent, because JSON from Protobuf and Go omits empty
 * lists. @throws TypeError
 */
export function asList(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new TypeError(`${what} is not a list.`);
}

/** Returns the value as a text; empty when absent. @throws TypeError */
export function asText(value: unknown, what: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw new TypeError(`${what} is not a text.`);
}

const HEX = /^[0-9a-f]+$/i;

/**
 * Returns an id in hexadecimal digits. It accepts hexadecimal with or without leading zeros, and
 * base64 as in Protobuf's own JSON.
 *
 * @param digits - 32 for a trace, 16 for a span.
 * @throws TypeError for an invalid id
 */
export function asId(value: unknown, digits: 16 | 32): string {
  const text = asText(value, 'An id');
  // Base64 of 8 or 16 bytes never matches, because it ends in '=' or is longer.
  if (HEX.test(text) && text.length <= digits) return text.toLowerCase().padStart(digits, '0');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === digits / 2) return bytes.toString('hex');
  throw new TypeError('An id is neither hexadecimal nor base64 of the right length.');
}
