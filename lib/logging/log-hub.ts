import type { Clock } from '../kernel/clock.js';
import { callerOf } from './encode/caller.js';
import { isError, readSafely } from './encode/error-members.js';
import type { SafeJson } from './encode/safe-json.js';
import { remembering } from './encode/text-cache.js';
import type { LevelControl } from './level-control.js';
import type { RepeatedLines } from './limits/repeated-lines.js';
import { LEVEL_RANKS, type LogLevel } from './log-level.js';
import { type LineSpan, LogRecord } from './log-record.js';
import { copyOf, currentScope, idsOf, type LogScope } from './scope/log-scope.js';

/** Receives records. */
export interface RecordOutput {
  write(record: LogRecord): void;
}

/** Dependencies of a {@link LogHub}. */
export interface LogHubDeps {
  readonly levels: LevelControl;
  readonly json: SafeJson;
  readonly clock: Clock;
  readonly outputs: readonly RecordOutput[];
  readonly repeated?: RepeatedLines | undefined;
  /** Adds all scopes to a line, the root first. */
  readonly spans?: boolean;
  /** Adds the caller to the lines of the application. */
  readonly source?: boolean;
  /** Receives each record that is written. */
  onLine?(record: LogRecord): void;
  report(fault: unknown): void;
}

/** One line to write. */
export interface Line {
  readonly level: LogLevel;
  readonly target: string;
  readonly message: string;
  readonly fields?: object | undefined;
  /** Ids of the span that the line belongs to. @defaultValue the active one */
  readonly span?: LineSpan | undefined;
  /** @defaultValue the innermost one */
  readonly scope?: LogScope | undefined;
}

/** Makes records of lines and hands them to all outputs. It never throws. */
export class LogHub {
  readonly levels: LevelControl;
  readonly json: SafeJson;
  readonly hasSource: boolean;
  readonly #deps: LogHubDeps;
  readonly #messageText: (message: string) => string;

  constructor(deps: LogHubDeps) {
    this.levels = deps.levels;
    this.json = deps.json;
    this.hasSource = deps.source === true;
    this.#deps = deps;
    this.#messageText = remembering((message) => deps.json.text(message));
  }

  /** Returns true when a target writes a level. */
  isEnabled(target: string, level: LogLevel): boolean {
    return LEVEL_RANKS[level] >= this.levels.rankOf(target);
  }

  /** Writes a line whose level has been checked. */
  write(line: Line): void {
    try {
      const record = this.#recordOf(line);
      const { repeated } = this.#deps;
      if (repeated === undefined) this.deliver(record);
      else repeated.pass(record, (it) => this.deliver(it));
    } catch (fault) {
      this.#deps.report(fault);
    }
  }

  /** Writes a line of the application, with its source where it is wanted. @param above - Function that it called. */
  writeFrom(above: (...args: never[]) => unknown, line: Line): void {
    if (!this.hasSource) return this.write(line);
    const source = callerOf(above);
    const fields = line.fields === undefined ? {} : withErrors(line.fields);
    this.write({ ...line, fields: { ...copyOf(fields), source } });
  }

  /** Hands a record to all outputs; one that throws does not silence the others. */
  deliver(record: LogRecord): void {
    this.#deps.onLine?.(record);
    for (const output of this.#deps.outputs) {
      try {
        output.write(record);
      } catch (fault) {
        this.#deps.report(fault);
      }
    }
  }

  #recordOf({ level, target, message, fields, span, scope = currentScope() }: Line): LogRecord {
    const { json, clock, spans } = this.#deps;
    const timeMs = clock.wallMs();
    return new LogRecord({
      timeMs: Number.isFinite(timeMs) ? timeMs : Date.now(),
      level,
      target,
      message: this.#messageText(message),
      fieldsText: fields === undefined ? '{}' : json.fields(withErrors(fields)),
      span: span ?? idsOf(),
      scopeText: scope?.text(json),
      scopesText: spans === true && scope !== undefined ? chainText(scope, json) : undefined,
    });
  }
}

function chainText(scope: LogScope, json: SafeJson): string {
  const texts: string[] = [];
  for (let it: LogScope | undefined = scope; it !== undefined; it = it.enclosing) {
    texts.unshift(`{${it.text(json)}}`);
  }
  return texts.join(',');
}

/** An error in place of fields has its members as fields of the line. */
function withErrors(fields: object): object {
  return isError(fields) ? errorFields(fields) : fields;
}

/** Returns the flat fields of an error: `error_type`, `error_message`, `error_stack`, `error_cause`. */
export function errorFields(thrown: unknown, description?: Described): Record<string, unknown> {
  const error = isError(thrown) ? thrown : undefined;
  const read = (name: string) => error && readSafely(error, name);
  return {
    error_type: description?.type ?? read('name'),
    error_category: description?.category,
    error_message: error === undefined ? thrown : read('message'),
    error_stack: read('stack'),
    error_cause: read('cause'),
    error_errors: read('errors'),
  };
}

interface Described {
  readonly type: string;
  readonly category: string;
}
