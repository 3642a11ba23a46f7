import 'reflect-metadata';
import { MessageCall } from './message-call.js';

// Metadata keys of `@UseFilters` and `@Catch`, which Nest does not export.
const FILTERS = '__exceptionFilters__';
const CAUGHT = '__filterCatchExceptions__';

/** Sees each error that Nest compares with it, as with a class, and is the class of none. */
const anyException = {
  [Symbol.hasInstance](error: unknown): boolean {
    MessageCall.note(error);
    return false;
  },
};

/**
 * Exception filter that never catches. Nest asks it first whether an error is one of its own: so it sees errors of
 * guards, pipes, interceptors and handlers, and changes none of them.
 */
class ExceptionProbe {
  catch(error: unknown): never {
    throw error;
  }
}
Reflect.defineMetadata(CAUGHT, [anyException], ExceptionProbe);

const probe = new ExceptionProbe();

/** Makes the errors of a handler known to its message. Nest reads filters of a method from the last to the first. */
export function probeExceptions(handler: object): void {
  const filters = (Reflect.getOwnMetadata(FILTERS, handler) ?? []) as readonly unknown[];
  if (filters.at(-1) === probe) return;
  Reflect.defineMetadata(FILTERS, [...filters.filter((it) => it !== probe), probe], handler);
}
