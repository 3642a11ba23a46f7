import type { Clock } from '../../kernel/clock.js';
import type { LineService } from '../encode/ecs.format.js';
import type { LineFormats } from '../encode/line-formats.js';
import type { LogLevel } from '../log-level.js';
import { LogRecord } from '../log-record.js';

/** Parts of one application that a sink uses. */
export interface SinkHost {
  /** Source of time. */
  readonly clock: Clock;
  /** Service that the lines come from. */
  readonly service: LineService;
  /** Formats, shared by the sinks of the application. */
  readonly formats: LineFormats;
  /** Counts lines that a sink gave up. */
  dropped(reason: string, lines: number): void;
  /** Counts a batch that a sink has sent, or failed to send. */
  exported(outcome: 'success' | 'failure', seconds: number): void;
  /** Reports a fault; it never throws. */
  report(fault: unknown): void;
}

/** A sink that has been opened for one application. */
export interface OpenSink {
  /** Takes a record. It returns at once, and throws for nothing that is on the way of the line. */
  write(record: LogRecord): void;
  /** Ends when each line taken so far has been handed over, or given up. */
  flush(): Promise<void>;
  /** Hands lines over while the process exits, without waiting. @defaultValue nothing is buffered */
  flushSync?(): void;
  /** Releases everything, after a last flush. */
  close(): Promise<void>;
  /** Bytes of lines that are not handed over yet. @defaultValue 0 */
  readonly bufferedBytes?: number;
}

/** A place for lines. The value has no state of its own: each application opens it. */
export interface LogSink {
  /** Name in metrics: `console`. */
  readonly name: string;
  /** Lowest level that the sink takes. @defaultValue every level that is written */
  readonly level?: LogLevel | undefined;
  /**
   * Sends over a network: the sink gets no line that the library writes about itself, because a fault of the sink would
   * make lines for the sink, and its batches are counted as exports of `<name>_logs`. @defaultValue false
   */
  readonly isRemote?: boolean;
  /**
   * Opens the sink, at the start of the application.
   *
   * @throws ConfigurationError for a place that cannot be written to.
   */
  open(host: SinkHost): OpenSink;
}

/** Target of lines about logging itself. */
export const LOGGING_TARGET = 'eventcore::logging';

// Context of the messages that the library writes to the logger of Nest.
const OWN_TARGETS = /^(?:eventcore::logging|eventcore::observability|Observability)(?:::|$)/;

/** Returns true for a line that the library writes about itself. */
export function isOwnLine({ target }: LogRecord): boolean {
  return OWN_TARGETS.test(target);
}

/** Returns the line that says how many lines a sink gave up. */
export function dropNotice(host: SinkHost, sink: string, lines: number): LogRecord {
  return new LogRecord({
    timeMs: host.clock.wallMs(),
    level: 'warn',
    target: LOGGING_TARGET,
    message: `${lines} lines dropped`,
    fieldsText: JSON.stringify({ sink, dropped: lines }),
  });
}
