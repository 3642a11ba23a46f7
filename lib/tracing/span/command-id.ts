import type { TracedHandler } from '../../kernel/call-tracer.js';
import { requireSync } from '../../kernel/sync-hook.js';

/** The id of a command, as the option of its handler has it or else by convention. */
export function commandId(handler: TracedHandler, args: readonly unknown[]): string | undefined {
  const id = handler.id === undefined ? idOf(args[0]) : requireSync(handler.id(...args));
  return isId(id) ? String(id) : undefined;
}

/** Whether a value identifies something. */
export function isId(value: unknown): value is string | number | bigint {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint';
}

function idOf(command: unknown): unknown {
  if (typeof command !== 'object' || command === null) return undefined;
  return (command as { readonly commandId?: unknown }).commandId;
}
