import type { StoredAttributes, StoredAttributeValue, StoredSpan } from '../stored-trace.js';

// What the objects of a stored span take in V8 beside their texts, measured on Node 20 to 24 and rounded up.
const SPAN_BYTES = 640;
const PART_BYTES = 160;
const ATTRIBUTE_BYTES = 48;
const ELEMENT_BYTES = 16;
// V8 has one byte per character for Latin-1 texts; two are the worst case, which is the one to plan for.
const CHARACTER_BYTES = 2;

/** About how many bytes of memory a stored span takes; rather too many than too few. */
export function spanBytes(span: StoredSpan): number {
  const { name, service, status } = span;
  let bytes = SPAN_BYTES + attributesBytes(span.attributes);
  bytes += (name.length + service.length + (status.message?.length ?? 0)) * CHARACTER_BYTES;
  for (const event of span.events) {
    bytes += PART_BYTES + event.name.length * CHARACTER_BYTES + attributesBytes(event.attributes);
  }
  for (const link of span.links) bytes += PART_BYTES + attributesBytes(link.attributes);
  return bytes;
}

function attributesBytes(attributes: StoredAttributes): number {
  let bytes = 0;
  for (const name in attributes) {
    const value = attributes[name] as StoredAttributeValue;
    bytes += ATTRIBUTE_BYTES + name.length * CHARACTER_BYTES + valueBytes(value);
  }
  return bytes;
}

function valueBytes(value: StoredAttributeValue | null): number {
  if (typeof value === 'string') return value.length * CHARACTER_BYTES;
  if (typeof value !== 'object' || value === null) return 0;
  let bytes = PART_BYTES;
  for (const element of value) bytes += ELEMENT_BYTES + valueBytes(element);
  return bytes;
}
