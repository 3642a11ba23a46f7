import { SafeJson } from '../encode/safe-json.js';
import { LineRedactor } from '../redaction/line-redactor.js';
import { currentScope, idsOf, type LogFields } from './log-scope.js';

const builtIn = new SafeJson(new LineRedactor());
const applied: SafeJson[] = [];
/** Lines of this library that another logger writes right now. */
const ownLines = { open: 0 };
/** Names that loggers give to members of their own; a second member of that name would hide the first. */
const TAKEN = new Set(
  'name level message msg time timestamp context stack pid hostname req'.split(' '),
);

/** Redacts contexts with the rules of an application, while it runs. @returns a function that ends it. */
export function redactContextsWith(json: SafeJson): () => void {
  applied.push(json);
  return () => {
    const at = applied.indexOf(json);
    if (at !== -1) applied.splice(at, 1);
  };
}

/** Writes a line that has its ids and its handler already: {@link logContext} adds nothing to it. */
export function withoutLogContext(write: () => void): void {
  ownLines.open++;
  try {
    write();
  } finally {
    ownLines.open--;
  }
}

/**
 * Returns members for an object of another logger. The name of the work is `span_name`, and members whose names are taken
 * are below `fields`.
 */
export function flatMembers({ name, ...scope }: LogFields, fields: LogFields = {}): LogFields {
  const flat: Record<string, unknown> = name === undefined ? {} : { span_name: name };
  const apart: Record<string, unknown> = {};
  for (const [key, value] of Object.entries({ ...scope, ...fields })) {
    (TAKEN.has(key) ? apart : flat)[key] = value;
  }
  return Object.keys(apart).length === 0 ? flat : { ...flat, fields: apart };
}

/**
 * Returns the ids of the active span, and the name and ids of the handler that runs: for the lines of another logger, as
 * `mixin` of pino or in a format of winston. The lines of this library have them already and get none. Secrets are redacted by the rules of the application that started last. It
 * never throws.
 *
 * @example
 * ```ts
 * import { logContext } from '@eventcore/nestjs-observability/logging';
 *
 * export const pinoOptions = { mixin: () => logContext() };
 * export const winstonContext = (info: object) => ({ ...logContext(), ...info });
 * ```
 */
export function logContext(): Record<string, unknown> {
  try {
    if (ownLines.open > 0) return {};
    const ids = idsOf();
    const scope = currentScope();
    return {
      ...(ids !== undefined && { trace_id: ids.traceId, span_id: ids.spanId }),
      ...(scope !== undefined &&
        flatMembers(JSON.parse(`{${scope.text(applied.at(-1) ?? builtIn)}}`) as LogFields)),
    };
  } catch {
    return {};
  }
}
