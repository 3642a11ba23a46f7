import { getHeapStatistics } from 'node:v8';

/** What is watched, judged now. */
export interface HealthReading {
  /** `degraded` is worth a look; it answers 200 all the same. */
  readonly level: 'ok' | 'degraded';
  readonly details: Readonly<Record<string, number | readonly string[]>>;
}

/** One thing that is watched. */
export interface HealthProbe {
  /** Its name in the answer. */
  readonly key: string;
  /** Reads it. What throws is down. */
  read(): HealthReading;
}

/** Memory: the share of the heap limit that is used. */
export function memoryProbe(maxHeapRatio: number): HealthProbe {
  return {
    key: 'memory',
    read() {
      const { heap_size_limit: limit } = getHeapStatistics();
      const { heapUsed, rss } = process.memoryUsage();
      return {
        level: levelOf(heapUsed / limit, maxHeapRatio),
        details: { heap_ratio: round(heapUsed / limit), heap_used_bytes: heapUsed, rss_bytes: rss },
      };
    },
  };
}

/** Event loop: how late it runs timers, at the 99th percentile. */
export function eventLoopProbe(readSeconds: () => number, maxDelayMs: number): HealthProbe {
  return {
    key: 'event_loop',
    read() {
      const seconds = readSeconds();
      return {
        level: levelOf(seconds * 1000, maxDelayMs),
        details: { delay_p99_seconds: round(seconds) },
      };
    },
  };
}

/** What {@link commandErrorsProbe} reads. */
export interface CommandErrors {
  /** Failed share of the last minute's commands. */
  ratio(): number;
  /** Commands finished in the last minute. */
  finished(): number;
}

// One failure among three commands at night is no reason to look.
const MIN_COMMANDS = 10;

/** Commands: how many of the last minute failed; rejections are no failures. */
export function commandErrorsProbe(errors: CommandErrors, maxRatio: number): HealthProbe {
  return {
    key: 'command_errors',
    read() {
      const finished = errors.finished();
      const ratio = errors.ratio();
      return {
        level: finished < MIN_COMMANDS ? 'ok' : levelOf(ratio, maxRatio),
        details: { error_ratio: round(ratio), commands_last_minute: finished },
      };
    },
  };
}

function levelOf(value: number, max: number): 'ok' | 'degraded' {
  return value > max ? 'degraded' : 'ok';
}

function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
