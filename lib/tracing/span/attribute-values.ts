import type { Attributes } from '@opentelemetry/api';
import type { Faults } from '../../kernel/faults.js';
import { absorb, requireSync } from '../../kernel/hooks.js';

/**
 * Returns the attributes that a span can hold. The others are reported, because an SDK drops them
 * silently.
 *
 * @param given - Untrusted return value of a hook or handler.
 */
export function spanAttributes(given: unknown, faults: Faults): Attributes {
  try {
    return heldAttributes(requireSync(given), faults);
  } catch (fault) {
    faults.report('span_attributes', fault);
    return {};
  }
}

function heldAttributes(given: unknown, faults: Faults): Attributes {
  if (given === undefined) return {};
  if (typeof given !== 'object' || given === null)
    throw new TypeError('attributes are an object, given at once');
  const entries = Object.entries(given).filter(([name, value]) => isHeld(name, value, faults));
  return Object.fromEntries(entries) as Attributes;
}

function isHeld(name: string, value: unknown, faults: Faults): boolean {
  if (value === undefined || value === null) return false;
  if (isPrimitive(value) || isList(value)) return true;
  absorb(value);
  faults.report(
    'span_attributes',
    new TypeError(`${name} is neither text, number, boolean nor a list of one of them`),
  );
  return false;
}

function isPrimitive(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function isList(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const known = value.filter((it) => it !== null && it !== undefined);
  return known.every((it) => isPrimitive(it) && typeof it === typeof known[0]);
}
