import type { Timers } from '../../kernel/timers.js';
import { LogRecord } from '../log-record.js';

/** Limit of equal lines. */
export interface RepeatedOptions {
  /** Equal lines in one window that are written. @defaultValue 20 */
  readonly after?: number;
  /** Window in milliseconds. @defaultValue 10000 */
  readonly windowMs?: number;
}

const DEFAULT_AFTER = 20;
const DEFAULT_WINDOW_MS = 10_000;
/** Different lines that are counted in one window; further ones are written. */
const KINDS = 1_000;
const ERROR_TYPE = /"error_type":"([^"]{1,128})"/;

interface Repetition {
  count: number;
  last: LogRecord;
}

/**
 * Replaces equal warnings and errors by one summary per window. Lines are equal by level, target, message and error type.
 * Other lines and fatal ones always pass.
 */
export class RepeatedLines {
  readonly #after: number;
  readonly #windowMs: number;
  readonly #timers: Timers;
  readonly #kinds = new Map<string, Repetition>();
  #cancel: (() => void) | undefined;

  constructor(
    { after = DEFAULT_AFTER, windowMs = DEFAULT_WINDOW_MS }: RepeatedOptions,
    timers: Timers,
  ) {
    this.#after = after;
    this.#windowMs = windowMs;
    this.#timers = timers;
  }

  /** Writes a record, or counts it for the summary. */
  pass(record: LogRecord, write: (record: LogRecord) => void): void {
    if (record.level !== 'warn' && record.level !== 'error') return write(record);
    const key = keyOf(record);
    const known = this.#kinds.get(key);
    if (known === undefined) {
      if (this.#kinds.size < KINDS) this.#kinds.set(key, { count: 1, last: record });
      this.#cancel ??= this.#timers.after(this.#windowMs, () => this.flush(write));
      return write(record);
    }
    known.count++;
    known.last = record;
    if (known.count <= this.#after) write(record);
  }

  /** Ends the window: writes the summaries of what it held back. */
  flush(write: (record: LogRecord) => void): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const held = [...this.#kinds.values()].filter(({ count }) => count > this.#after);
    this.#kinds.clear();
    for (const { count, last } of held) write(summaryOf(last, count - this.#after));
  }
}

function keyOf({ level, target, message, fieldsText }: LogRecord): string {
  return [level, target, message, ERROR_TYPE.exec(fieldsText)?.[1] ?? ''].join('\u0000');
}

function summaryOf(last: LogRecord, count: number): LogRecord {
  const { timeMs, level, target, message, fieldsText } = last;
  const type = ERROR_TYPE.exec(fieldsText)?.[0];
  const fields = [`"repeated":${count}`, ...(type === undefined ? [] : [type])].join(',');
  const text = `${message} (repeated ${count} times)`;
  return new LogRecord({ timeMs, level, target, message: text, fieldsText: `{${fields}}` });
}
