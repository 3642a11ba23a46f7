import { types } from 'node:util';
import { errorTypeOf } from '../../kernel/errors/error-description.js';

/** Longest chain of causes in a line. */
export const CAUSE_LIMIT = 5;

const STANDARD: ReadonlySet<string> = new Set(['name', 'message', 'stack', 'cause', 'errors']);

/** Reads a property of a foreign object; what cannot be read is `[Unreadable]`. */
export function readSafely(target: object, name: string): unknown {
  try {
    return (target as Record<string, unknown>)[name];
  } catch {
    return UNREADABLE;
  }
}

/** Returns true for an error of any realm; false for a value that cannot be asked. */
export function isError(value: unknown): value is Error {
  try {
    return types.isNativeError(value) || value instanceof Error;
  } catch {
    return false;
  }
}

/** Text in place of a value that throws when it is read. */
export const UNREADABLE = '[Unreadable]';

/** Returns the members of an error in the order of a line: its type first, its own properties, its causes last. */
export function errorMembers(error: Error, stackLines: number): [name: string, value: unknown][] {
  const members: [string, unknown][] = [
    ['type', typeOf(error)],
    ['message', readSafely(error, 'message')],
    ['stack', shortStack(readSafely(error, 'stack'), stackLines)],
  ];
  for (const name of Object.keys(error)) {
    if (!STANDARD.has(name)) members.push([name, readSafely(error, name)]);
  }
  for (const name of ['cause', 'errors']) {
    const value = readSafely(error, name);
    if (value !== undefined) members.push([name, value]);
  }
  return members.filter(([, value]) => value !== undefined);
}

function typeOf(error: Error): string {
  try {
    return errorTypeOf(error);
  } catch {
    return 'unknown';
  }
}

/** Returns the first lines of a stack; says how many are left out. */
function shortStack(stack: unknown, lines: number): unknown {
  if (typeof stack !== 'string') return stack;
  const parts = stack.split('\n');
  if (parts.length <= lines) return stack;
  return [...parts.slice(0, lines), `    [${parts.length - lines} more]`].join('\n');
}
