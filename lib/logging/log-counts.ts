import { logMetrics } from '../metrics/catalogue/plugins/logs.js';
import type { CounterSeries } from '../metrics/instruments/counter.js';
import { registerCatalogue } from '../metrics/recorders/catalogue-instruments.js';
import type { MetricRegistry } from '../metrics/registry.js';
import { type LogLevel, logLevels } from './log-level.js';

/** A sink whose buffer is published. */
interface CountedSink {
  readonly name: string;
  readonly bufferedBytes: number;
}

interface Drop {
  readonly reason: string;
  readonly lines: number;
  /** Monotonic time. */
  readonly nowMs: number;
}

const DROPPING_MS = 60_000;
const REASONS = ['overflow', 'error', 'exit', 'refused'];

/** Records the metrics of log lines in one application. */
export class LogCounts {
  readonly #lines: Readonly<Record<LogLevel, CounterSeries>>;
  readonly #instruments;

  readonly #droppedMs = new Map<string, number>();

  constructor(registry: MetricRegistry, namespace: string, sinks: () => readonly CountedSink[]) {
    this.#instruments = registerCatalogue(registry, logMetrics, { namespace });
    const { lines, dropped, buffered } = this.#instruments;
    const series = logLevels.map((level) => [level, lines.labels({ level })]);
    this.#lines = Object.fromEntries(series) as Record<LogLevel, CounterSeries>;
    for (const { name: sink } of sinks()) {
      for (const reason of REASONS) dropped.labels({ sink, reason });
    }
    registry.onCollect(() => {
      const bytes = new Map<string, number>();
      for (const it of sinks()) bytes.set(it.name, (bytes.get(it.name) ?? 0) + it.bufferedBytes);
      for (const [sink, value] of bytes) buffered.labels({ sink }).set(value);
    });
  }

  /** Counts a line that was written. */
  line(level: LogLevel): void {
    this.#lines[level].inc();
  }

  /** Counts lines that a sink gave up. */
  dropped(sink: string, { reason, lines, nowMs }: Drop): void {
    this.#droppedMs.set(sink, nowMs);
    this.#instruments.dropped.labels({ sink, reason }).inc(lines);
  }

  /** Returns the sinks that gave lines up within the last minute. */
  droppingSinks(nowMs: number): string[] {
    return [...this.#droppedMs].filter(([, at]) => nowMs - at < DROPPING_MS).map(([sink]) => sink);
  }
}
