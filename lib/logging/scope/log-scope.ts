import { isArray } from '../../options/hostile-values.js';
import { AsyncLocalStorage } from 'node:async_hooks';
import { type ActiveSpan, activeSpan } from '../../kernel/following/active-context.js';
import { sharedState } from '../../kernel/peers/process-state.js';
import { readSafely } from '../encode/error-members.js';
import type { SafeJson } from '../encode/safe-json.js';
import type { LineSpan } from '../log-record.js';

const NO_TRACE = /^0*$/;
/** Streams that are counted per call. */
const STREAM_LIMIT = 1_000;

/** Fields by name. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Members of a {@link LogScope}. */
export interface LogScopeContent {
  /** Name of the work: `command PlaceOrder`. */
  readonly name?: string;
  /** Members of the scope itself. */
  readonly own?: LogFields;
  /** Members that scopes within it have as well, such as the correlation id. */
  readonly carried?: LogFields;
  readonly parent?: LogScope | undefined;
}

/** Work that lines belong to: a handler call, or a context that the application set. */
export class LogScope {
  readonly #content: LogScopeContent;
  #text: string | undefined;
  #textBy: SafeJson | undefined;
  #events: number | undefined;
  #streams: Set<string> | undefined;

  constructor(content: LogScopeContent) {
    this.#content = content;
  }

  /** Scope around this one. */
  get parent(): LogScope | undefined {
    return this.#content.parent;
  }

  /** Next scope in the list of a line. One without a name has the members of the work around it, and stands for it. */
  get enclosing(): LogScope | undefined {
    const { name, parent } = this.#content;
    return name === undefined ? parent?.enclosing : parent;
  }

  /** Members of this scope and those that scopes around it carry. */
  get members(): LogFields {
    const { name, own, parent } = this.#content;
    if (name === undefined && parent !== undefined) return { ...parent.members, ...this.carried };
    return { ...(name !== undefined && { name }), ...own, ...this.carried };
  }

  /** Members for scopes within. */
  get carried(): LogFields {
    const { carried, parent } = this.#content;
    return { ...parent?.carried, ...carried };
  }

  /** Members as JSON without its braces, made once for one redaction. */
  text(json: SafeJson): string {
    if (this.#text !== undefined && this.#textBy === json) return this.#text;
    this.#textBy = json;
    this.#text = json.fields(this.members).slice(1, -1);
    return this.#text;
  }

  /** Number of events that were appended within, if any. */
  get events(): number | undefined {
    return this.#events;
  }

  /** Number of streams that they were appended to. */
  get streams(): number | undefined {
    return this.#streams?.size;
  }

  /** Counts events that were appended within. */
  appended(streamId: string | undefined, events: number): void {
    const { name, parent } = this.#content;
    if (name === undefined) parent?.appended(streamId, events);
    this.#events = (this.#events ?? 0) + events;
    if (streamId === undefined) return;
    this.#streams ??= new Set();
    if (this.#streams.size < STREAM_LIMIT) this.#streams.add(streamId);
  }
}

const storage = sharedState('log-scopes', () => new AsyncLocalStorage<LogScope>());

/** Returns the innermost scope. */
export function currentScope(): LogScope | undefined {
  return storage.getStore();
}

/** Runs work within a scope. */
export function runInScope<T>(scope: LogScope, work: () => T): T {
  return storage.run(scope, work);
}

/** Makes a scope that of the current work and of all that follows from it: of a request that has just arrived. */
export function enterScope(scope: LogScope | undefined): void {
  storage.enterWith(scope as LogScope);
}

/** Returns the ids of a span; `undefined` for one without a trace. */
export function idsOf(span: ActiveSpan | undefined = activeSpan()): LineSpan | undefined {
  const context = span?.spanContext();
  return context === undefined || NO_TRACE.test(context.traceId) ? undefined : context;
}

/**
 * Adds fields to each line that is written while a function runs, with everything that it awaits: for jobs, message
 * loops and everything else that no handler of this library runs.
 *
 * @param fields - Fields by name; they are redacted like the fields of a line.
 * @param work - Function to run.
 * @returns The result of the function.
 *
 * @example
 * ```ts
 * import { withLogContext } from '@eventcore/nestjs-observability/logging';
 *
 * export const importFile = (file: string, run: () => Promise<void>) =>
 *   withLogContext({ import_file: file, correlation_id: file }, run);
 * ```
 */
export function withLogContext<T>(fields: LogFields, work: () => T): T {
  return storage.run(new LogScope({ carried: copyOf(fields), parent: currentScope() }), work);
}

/** Returns a copy; a member that cannot be read says so. */
export function copyOf(fields: unknown): Record<string, unknown> {
  if (typeof fields !== 'object' || fields === null) return {};
  // Elements next to each other may be a name and a secret.
  if (isArray(fields)) return { values: fields };
  try {
    return Object.fromEntries(Object.keys(fields).map((it) => [it, readSafely(fields, it)]));
  } catch {
    return {};
  }
}
