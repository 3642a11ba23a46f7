import type { Exemplar } from '../../../metrics/snapshot/snapshot.js';
import { isInt64 } from './otlp-points.format.js';
import { UnixNanos } from './unix-nanos.js';

/** An attribute as JSON. */
export function formatAttribute([key, value]: readonly [
  string,
  string | number | boolean,
]): string {
  return `{"key":${quote(key)},"value":{${formatAny(value)}}}`;
}

/** What the point of a series begins with: its labels as attributes; to Prometheus an empty label is none. */
export function formatPointHead(names: readonly string[], values: readonly string[]): string {
  const pairs = names.flatMap((name, i) =>
    values[i] === '' ? [] : [formatAttribute([name, values[i]!])],
  );
  return `{"attributes":[${pairs.join()}],`;
}

/** The exemplars of a point as a member of it, after a comma; nothing when there are none. */
export function formatExemplars(exemplars: readonly Exemplar[]): string {
  if (exemplars.length === 0) return '';
  return `,"exemplars":[${exemplars.map(formatExemplar).join()}]`;
}

/** JSON has no number for some doubles. */
export function formatDouble(value: number): string {
  return Number.isFinite(value) ? `${value}` : `"${value}"`;
}

/** The digits of a whole number, which stand between quotation marks; those of a large number would not be its own. */
export function formatCount(value: number): string {
  return Number.isSafeInteger(value) ? `${value}` : `${BigInt(value)}`;
}

/** JSON text in UTF-8, which has no lone surrogates. */
export function quote(text: string): string {
  return JSON.stringify(text.isWellFormed() ? text : text.toWellFormed());
}

function formatExemplar({ value, atMs, traceId, spanId }: Exemplar): string {
  const at = new UnixNanos().set(atMs).text;
  const ids = `"spanId":"${spanId}","traceId":"${traceId}"`;
  return `{"timeUnixNano":"${at}","asDouble":${formatDouble(value)},${ids}}`;
}

function formatAny(value: string | number | boolean): string {
  if (typeof value === 'string') return `"stringValue":${quote(value)}`;
  if (typeof value === 'boolean') return `"boolValue":${value}`;
  return isInt64(value) ? `"intValue":"${BigInt(value)}"` : `"doubleValue":${formatDouble(value)}`;
}
