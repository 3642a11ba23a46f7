import type { Attributes } from '@opentelemetry/api';
import type { TracedHandler } from '../../kernel/call-tracer.js';
import type { OriginEvent } from '../context/span-origin.js';
import type { TraceContextCarrier } from '../context/trace-context-carrier.js';
import { isId } from './command-id.js';

/** How to read an event. */
type EventHooks = Pick<TracedHandler, 'metadata' | 'eventTime'>;

/** The events that a projection was called with, one or a batch, as far as their origin goes. */
export function eventsOf(
  argument: unknown,
  handler: EventHooks,
  carrier: TraceContextCarrier<object>,
): OriginEvent[] {
  const events: readonly unknown[] = Array.isArray(argument) ? argument : [argument];
  return events.map((event) => ({
    producer: carrier.read(metadataOf(event, handler)).spanContext,
    recordedAtMs: recordedAtMs(event, handler),
  }));
}

/** What a span tells of the event or the batch. */
export function eventAttributes(argument: unknown): Attributes {
  if (Array.isArray(argument)) return { 'events.count': argument.length };
  if (typeof argument !== 'object' || argument === null) return {};
  const { type, id, position } = argument as Record<string, unknown>;
  return {
    ...(typeof type === 'string' && { 'event.type': type }),
    ...(isId(id) && { 'event.id': String(id) }),
    ...(isId(position) && { 'event.position': String(position) }),
  };
}

function metadataOf(event: unknown, handler: EventHooks): unknown {
  if (handler.metadata !== undefined) return handler.metadata(event);
  return typeof event === 'object' && event !== null
    ? (event as { metadata?: unknown }).metadata
    : undefined;
}

function recordedAtMs(event: unknown, handler: EventHooks): number | undefined {
  const recordedAt = handler.eventTime?.(event);
  return recordedAt instanceof Date ? recordedAt.getTime() : recordedAt;
}
