import type { TracedHandler } from '../call-tracer.js';
import { requireSync } from '../hooks.js';

/** Returns the id of a command: the result of the handler's option, else by convention. */
export function commandId(handler: TracedHandler, args: readonly unknown[]): string | undefined {
  const id = handler.id === undefined ? idOf(args[0]) : requireSync(handler.id(...args));
  return isId(id) ? String(id) : undefined;
}

/** Returns true if a value can be an id. */
function isId(value: unknown): value is string | number | bigint {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
}

function idOf(command: unknown): unknown {
  if (typeof command !== 'object' || command === null) return undefined;
  return (command as { readonly commandId?: unknown }).commandId;
}

/** Identity of an event or a batch, as its metadata says. */
export interface EventIdentity {
  /** Number of events of a batch. */
  readonly count?: number;
  readonly type?: string;
  readonly id?: string;
  readonly position?: string;
}

/** Returns the identity of an event or batch. */
export function eventIdentity(argument: unknown): EventIdentity {
  if (Array.isArray(argument)) return { count: argument.length };
  if (typeof argument !== 'object' || argument === null) return {};
  const { type, id, position } = argument as Record<string, unknown>;
  return {
    ...(typeof type === 'string' && { type }),
    ...(isId(id) && { id: String(id) }),
    ...(isId(position) && { position: String(position) }),
  };
}
