/** A JSON object, as long as nobody has looked at it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The object that this is. @throws TypeError when it is none */
export function asObject(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as JsonObject;
  }
  throw new TypeError(`${what} is not an object.`);
}

/** The elements of a list; none when it is absent, which JSON made from Protobuf and Go means by it. @throws TypeError */
export function asList(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value)) return value;
  throw new TypeError(`${what} is not a list.`);
}

/** A text; empty when it is absent. @throws TypeError */
export function asText(value: unknown, what: string): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  throw new TypeError(`${what} is not a text.`);
}

const HEX = /^[0-9a-f]+$/i;

/**
 * An id in hexadecimal digits, whether it was written so, without leading zeros, or in base64 as Protobuf's own JSON.
 *
 * @param digits - 32 for a trace, 16 for a span.
 * @throws TypeError when it is no id
 */
export function asId(value: unknown, digits: 16 | 32): string {
  const text = asText(value, 'An id');
  // No base64 of 8 or 16 bytes is mistaken for this: it ends in '=' or is longer.
  if (HEX.test(text) && text.length <= digits) return text.toLowerCase().padStart(digits, '0');
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length === digits / 2) return bytes.toString('hex');
  throw new TypeError('An id is neither hexadecimal nor base64 of the right length.');
}
