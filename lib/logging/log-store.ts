import { offerInjectables, sharedSymbol } from '../kernel/peers/process-state.js';
import type { LogRecord } from './log-record.js';
import { LEVEL_RANKS, type LogLevel } from './log-level.js';

/** Bounds of the {@link LogStore}. The first one that is reached evicts the oldest lines. */
export interface LogStoreOptions {
  /** Lines. @defaultValue 10000 */
  readonly maxLines?: number;
  /** Characters of all lines. @defaultValue 16777216 */
  readonly maxBytes?: number;
  /** Age of a line in milliseconds. @defaultValue 3600000 */
  readonly maxAgeMs?: number;
}

/** Lines to find; each criterion narrows the result. */
export interface LogQuery {
  /** 32 hexadecimal digits. */
  readonly traceId?: string;
  /** Lowest level. */
  readonly level?: LogLevel;
  /** Target, or the beginning of one: `eventcore::command`. */
  readonly target?: string;
  /** Text in the message or the fields, in any case. */
  readonly text?: string;
  /** Unix time in milliseconds of the oldest line. */
  readonly since?: number;
  /** Unix time in milliseconds of the newest line. */
  readonly until?: number;
  /** Most lines of the result, the newest. @defaultValue 100 */
  readonly limit?: number;
}

/** A line that the {@link LogStore} remembers. */
export interface StoredLine {
  /** Unix time in milliseconds. */
  readonly timeMs: number;
  /** Severity. */
  readonly level: LogLevel;
  /** Origin of the line. */
  readonly target: string;
  /** Message, redacted. */
  readonly message: string;
  /** Fields, redacted. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** Members of the handler or context that the line belongs to, redacted. */
  readonly scope: Readonly<Record<string, unknown>>;
  /** 32 hexadecimal digits; absent outside of traces. */
  readonly traceId?: string;
  /** 16 hexadecimal digits; absent outside of traces. */
  readonly spanId?: string;
}

/** Token of a function that receives every line of an application under test; null in all others. */
export const LINE_RECORDER = sharedSymbol('line-recorder');

const DEFAULTS: Required<LogStoreOptions> = {
  maxLines: 10_000,
  maxBytes: 16_777_216,
  maxAgeMs: 3_600_000,
};
const DEFAULT_LIMIT = 100;
/** Bytes of a record beside its texts. */
const OVERHEAD = 200;
/** Evicted places in front of the oldest line, before they are given back. */
const SLACK = 1_024;

/**
 * Remembers the last lines of the application. The option `store` of the plugin `logging()` switches it on; without it
 * the store stays empty.
 *
 * @example
 * ```ts
 * import type { LogStore } from '@eventcore/nestjs-observability/logging';
 *
 * export const failuresOf = (store: LogStore, traceId: string) =>
 *   store.query({ traceId, level: 'error' }).map(({ message }) => message);
 * ```
 */
export class LogStore {
  readonly #limits: Required<LogStoreOptions>;
  #records: LogRecord[] = [];
  #oldest = 0;
  #bytes = 0;
  readonly #nowMs: () => number;

  /** @internal */
  constructor(options: LogStoreOptions = {}, nowMs: () => number = Date.now) {
    this.#limits = { ...DEFAULTS, ...options };
    this.#nowMs = nowMs;
  }

  /** Number of lines. */
  get size(): number {
    return this.#records.length - this.#oldest;
  }

  /** Characters of all lines, with an allowance for each. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @internal */
  write(record: LogRecord): void {
    this.#records.push(record);
    this.#bytes += sizeOf(record);
    this.#evict();
  }

  /**
   * Returns the newest lines that meet all criteria, the oldest first. No line meets a criterion of another type, so that
   * the query of a request never throws.
   */
  query(query: LogQuery = {}): StoredLine[] {
    try {
      return this.#find(query);
    } catch {
      return [];
    }
  }

  #find(query: LogQuery): StoredLine[] {
    this.#evict();
    const { limit = DEFAULT_LIMIT } = query;
    const matches = matcherOf(query);
    const found: StoredLine[] = [];
    for (let i = this.#records.length - 1; i >= this.#oldest && found.length < limit; i--) {
      const record = this.#records[i] as LogRecord;
      if (matches(record)) found.push(storedLine(record));
    }
    return found.toReversed();
  }

  #evict(): void {
    const { maxLines, maxBytes, maxAgeMs } = this.#limits;
    const oldestMs = this.#nowMs() - maxAgeMs;
    while (this.size > 0) {
      const record = this.#records[this.#oldest] as LogRecord;
      const isKept =
        this.size <= maxLines && this.#bytes <= maxBytes && !(record.timeMs < oldestMs);
      if (isKept) break;
      this.#bytes -= sizeOf(record);
      this.#records[this.#oldest] = EVICTED;
      this.#oldest++;
    }
    if (this.#oldest < SLACK || this.#oldest * 2 < this.#records.length) return;
    this.#records = this.#records.slice(this.#oldest);
    this.#oldest = 0;
  }
}

offerInjectables(LogStore);

const EVICTED = undefined as unknown as LogRecord;

function sizeOf({ message, fieldsText, scopeText, target }: LogRecord): number {
  return OVERHEAD + message.length + fieldsText.length + scopeText.length + target.length;
}

function matcherOf(query: LogQuery): (record: LogRecord) => boolean {
  const {
    traceId,
    level = 'trace',
    target = '',
    text = '',
    since = -Infinity,
    until = Infinity,
  } = query;
  const lowest = LEVEL_RANKS[level];
  const wanted = text.toLowerCase();
  return (it) =>
    LEVEL_RANKS[it.level] >= lowest &&
    (traceId === undefined || it.span?.traceId === traceId) &&
    it.target.startsWith(target) &&
    it.timeMs >= since &&
    it.timeMs <= until &&
    (wanted === '' ||
      `${it.message}\n${it.fieldsText}\n${it.scopeText}`.toLowerCase().includes(wanted));
}

/** Returns a record as the store shows it. */
export function storedLine(record: LogRecord): StoredLine {
  const { timeMs, level, target, message, span } = record;
  const ids = span === undefined ? {} : { traceId: span.traceId, spanId: span.spanId };
  return { timeMs, level, target, message, ...record.parsed(), ...ids };
}
