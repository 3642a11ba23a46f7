import { activeValue } from '../../kernel/following/active-context.js';
import type { TracedHandler } from '../../kernel/call-tracer.js';
import { commandId, eventIdentity } from '../../kernel/following/message-identity.js';
import { readSafely } from '../encode/error-members.js';
import type { LogFields } from '../scope/log-scope.js';

// The key of `withCorrelation()` in the context of OpenTelemetry.
const CORRELATION = Symbol.for('eventcore.correlation');

const NAMES = {
  correlation_id: ['correlationId', 'correlation_id'],
  causation_id: ['causationId', 'causation_id'],
} as const;

/** Returns the name of a handler and its labels. */
export function handlerFields({ kind, name, labels }: TracedHandler): LogFields {
  return { [kind.nameLabel]: name, ...labels };
}

/** Returns the identity of what a call handles. It never throws. */
export function messageFields(handler: TracedHandler, args: readonly unknown[]): LogFields {
  try {
    const { idAttribute, origin, identifiesEvent = true } = handler.kind.span;
    if (origin === 'event' && identifiesEvent) {
      const { count, type, id, position } = eventIdentity(args[0]);
      return { event_count: count, event_type: type, event_id: id, position };
    }
    return idAttribute === undefined
      ? {}
      : { [idAttribute.replace('.', '_')]: commandId(handler, args) };
  } catch {
    return {};
  }
}

/**
 * Returns the ids that connect a call with others: those of the active context, of the message, or of its metadata. Ids
 * of the work around it are carried by the scopes.
 */
export function correlationFields([message]: readonly unknown[]): LogFields {
  const places = [
    activeValue(CORRELATION),
    message,
    isObject(message) && readSafely(message, 'metadata'),
  ];
  const found: Record<string, unknown> = {};
  for (const [field, names] of Object.entries(NAMES)) {
    for (const place of places.filter(isObject)) {
      found[field] ??= names.map((it) => readSafely(place, it)).find(isId);
    }
  }
  return Object.fromEntries(Object.entries(found).filter(([, it]) => it !== undefined));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || typeof value === 'number';
}

/** Milliseconds with microseconds, of the seconds that the metrics have; `undefined` when the clock failed. */
export function durationMs(seconds: number): number | undefined {
  return Number.isFinite(seconds) ? Math.round(seconds * 1_000_000) / 1_000 : undefined;
}
