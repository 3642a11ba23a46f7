import type { PreparedCall } from '../../instrumentation/event-store/store-operation-options.js';

/** Events with the trace context of the call in their metadata; the very same where there is nothing to write. */
export function carriedEvents(events: unknown, call: PreparedCall): unknown {
  if (!Array.isArray(events)) return carriedEvent(events, call);
  const carried = events.map((it: unknown) => carriedEvent(it, call));
  return carried.every((it, i) => it === events[i]) ? (events as unknown) : carried;
}

/**
 * A copy of a plain event. An instance of a class is left as it is: a copy would lack its private fields, and the store
 * would fail over it.
 */
function carriedEvent(event: unknown, call: PreparedCall): unknown {
  if (!isPlain(event)) return event;
  const metadata = call.carry(event.metadata);
  return metadata === event.metadata ? event : { ...event, metadata };
}

function isPlain(event: unknown): event is { readonly metadata?: unknown } {
  if (typeof event !== 'object' || event === null) return false;
  const prototype: unknown = Object.getPrototypeOf(event);
  return prototype === Object.prototype || prototype === null;
}

/** A list of arguments with another one at a place. */
export function withArgument(
  args: readonly unknown[],
  at: number,
  value: unknown,
): readonly unknown[] {
  return args[at] === value ? args : args.with(at, value);
}
