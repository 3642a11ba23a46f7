import { type Clock, systemClock } from '../kernel/clock.js';
import { notify } from '../kernel/hooks.js';
import { systemTimers } from '../kernel/timers.js';
import type { FollowedApplication } from '../plugins/call-follower.js';
import { LineFormats } from './encode/line-formats.js';
import { DEFAULT_LIMITS } from './encode/line-limits.js';
import { SafeJson } from './encode/safe-json.js';
import { LevelControl } from './level-control.js';
import { RepeatedLines } from './limits/repeated-lines.js';
import { LogCounts } from './log-counts.js';
import { chosenFormat, chosenLevel } from './log-environment.js';
import { errorFields, LogHub, type RecordOutput } from './log-hub.js';
import { LEVEL_RANKS } from './log-level.js';
import type { LogRecord } from './log-record.js';
import type { LineOptions } from './logging-options.js';
import { LineRedactor } from './redaction/line-redactor.js';
import { redactContextsWith } from './scope/log-context.js';
import {
  isOwnLine,
  LOGGING_TARGET,
  type LogSink,
  type OpenSink,
  type SinkHost,
} from './sinks/log-sink.js';

/** Dependencies of a {@link LogSystem} beside its options. */
export interface LogSystemDeps {
  readonly sinks: readonly LogSink[];
  /** Outputs beside the sinks. */
  readonly outputs?: readonly RecordOutput[];
}

/** Report of the health check `logging`. */
export interface LoggingHealth {
  readonly level: 'ok' | 'degraded';
  readonly details: { readonly dropping?: string; readonly buffered_bytes: number };
}

interface OpenedSink {
  readonly name: string;
  readonly isRemote: boolean;
  readonly sink: OpenSink;
}

/** Levels, redaction, formats and sinks of one application or of one logger of Nest. */
export class LogSystem {
  readonly hub: LogHub;
  readonly #repeated: RepeatedLines | undefined;
  readonly #opened: OpenedSink[] = [];
  readonly #service: Record<'name' | 'version' | 'environment', string | undefined>;
  // An exception in either would take the place of the application's own.
  readonly #onExit = () => notify(this.#faults, 'logging', () => this.#flushSync());
  readonly #onException = (error: unknown) =>
    notify(this.#faults, 'logging', () => this.#fatal(error));
  readonly #faults = { report: (_: string, fault: unknown) => this.#report(fault) };
  #application: FollowedApplication | undefined;
  #counts: LogCounts | undefined;
  readonly #forgetContexts: () => void;
  #isClosed = false;

  /** @throws ConfigurationError for a level, a format or a sink. */
  constructor(options: LineOptions, { sinks, outputs = [] }: LogSystemDeps) {
    const { redact, limits = {}, repeated = {}, spans = false, source = false } = options;
    const { directives, subject } = chosenLevel(options.level, process.env);
    const levels = new LevelControl(directives, subject);
    this.#service = { name: undefined, version: undefined, environment: undefined };
    this.#repeated = repeated === false ? undefined : new RepeatedLines(repeated, systemTimers);
    this.#open(sinks, this.#formats(options));
    const json = new SafeJson(new LineRedactor(redact), limits);
    this.#forgetContexts = redactContextsWith(json);
    this.hub = new LogHub({
      levels,
      json,
      clock: { monotonicMs: () => this.#clock.monotonicMs(), wallMs: () => this.#clock.wallMs() },
      outputs: [...outputs, ...sinks.map((it, i) => output(it, this.#opened[i] as OpenedSink))],
      repeated: this.#repeated,
      spans,
      source,
      onLine: ({ level }) => this.#counts?.line(level),
      report: (fault) => this.#report(fault),
    });
    if (sinks.length === 0) return;
    process.on('exit', this.#onExit);
    process.on('uncaughtExceptionMonitor', this.#onException);
  }

  /** Connects the metrics, the faults and the clock of an application. */
  connect(application: FollowedApplication): void {
    const { registry, namespace, self, serviceName, serviceVersion, environment } = application;
    this.#application = application;
    this.#service.name = serviceName;
    this.#service.version = serviceVersion;
    this.#service.environment = environment;
    const sinks = () =>
      this.#opened.map(({ name, sink }) => ({ name, bufferedBytes: sink.bufferedBytes ?? 0 }));
    this.#counts = new LogCounts(registry, namespace, sinks);
    for (const { name, isRemote } of this.#opened) if (isRemote) self.expectExports(`${name}_logs`);
  }

  /** Returns the sinks that gave lines up within the last minute, and the bytes that wait. */
  health(): LoggingHealth {
    const dropping = this.#counts?.droppingSinks(this.#clock.monotonicMs()) ?? [];
    const buffered = this.#opened.reduce((sum, { sink }) => sum + (sink.bufferedBytes ?? 0), 0);
    return {
      level: dropping.length > 0 ? 'degraded' : 'ok',
      details: {
        ...(dropping.length > 0 && { dropping: dropping.join(' ') }),
        buffered_bytes: buffered,
      },
    };
  }

  /** Hands over what waits in the sinks. */
  async flush(): Promise<void> {
    this.#repeated?.flush((it) => this.hub.deliver(it));
    await Promise.all(this.#opened.map(({ sink }) => this.#guard(() => sink.flush())));
  }

  /** Hands over what waits, and releases everything. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.flush();
    this.hub.levels.close();
    this.#forgetContexts();
    process.off('exit', this.#onExit);
    process.off('uncaughtExceptionMonitor', this.#onException);
    await Promise.all(this.#opened.map(({ sink }) => this.#guard(() => sink.close())));
  }

  get #clock(): Clock {
    return this.#application?.clock ?? systemClock;
  }

  #formats({ format, traceFields = 'nested', limits = {} }: LineOptions): LineFormats {
    return new LineFormats({
      service: this.#service,
      traceFields,
      fallback: chosenFormat(format, process.env),
      maxLineBytes: limits.maxLineBytes ?? DEFAULT_LIMITS.maxLineBytes,
      colors: process.stdout.isTTY && process.env['NO_COLOR'] === undefined,
    });
  }

  #open(sinks: readonly LogSink[], formats: LineFormats): void {
    try {
      for (const it of sinks) {
        const { isRemote = false } = it;
        const name = this.#freeName(it.name);
        this.#opened.push({ name, isRemote, sink: it.open(this.#hostOf(name, formats)) });
      }
    } catch (error) {
      for (const { sink } of this.#opened) void this.#guard(() => sink.close());
      throw error;
    }
  }

  /** Sinks of one name are told apart in the metrics by their number. */
  #freeName(name: string): string {
    const isTaken = (wanted: string) => this.#opened.some((it) => it.name === wanted);
    let free = name;
    for (let number = 2; isTaken(free); number++) free = `${name}_${number}`;
    return free;
  }

  #hostOf(name: string, formats: LineFormats): SinkHost {
    return {
      clock: { monotonicMs: () => this.#clock.monotonicMs(), wallMs: () => this.#clock.wallMs() },
      service: this.#service,
      formats,
      dropped: (reason, lines) =>
        this.#counts?.dropped(name, { reason, lines, nowMs: this.#clock.monotonicMs() }),
      exported: (outcome, seconds) =>
        this.#application?.self.exported(`${name}_logs`, outcome, seconds),
      report: (fault) => this.#report(fault),
    };
  }

  #report(fault: unknown): void {
    this.#application?.faults.report('logging', fault);
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (fault) {
      this.#report(fault);
    }
  }

  #flushSync(): void {
    this.#repeated?.flush((it) => this.hub.deliver(it));
    for (const { sink } of this.#opened) {
      try {
        sink.flushSync?.();
      } catch (fault) {
        this.#report(fault);
      }
    }
  }

  /** The process ends after this; `exit` hands the line over. */
  #fatal(error: unknown): void {
    if (!this.hub.isEnabled(LOGGING_TARGET, 'fatal')) return;
    const fields = errorFields(error);
    this.hub.write({
      level: 'fatal',
      target: LOGGING_TARGET,
      message: 'Uncaught exception',
      fields,
    });
  }
}

/** Lines of the library about itself never go over a network: a fault of a sink would make lines for the sink. */
function output({ level = 'trace' }: LogSink, { sink, isRemote }: OpenedSink): RecordOutput {
  const lowest = LEVEL_RANKS[level];
  return {
    write: (record: LogRecord) => {
      if (LEVEL_RANKS[record.level] < lowest) return;
      if (isRemote && isOwnLine(record)) return;
      sink.write(record);
    },
  };
}
