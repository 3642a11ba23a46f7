import { getHeapStatistics } from 'node:v8';

/** Current result of a probe. */
export interface HealthReading {
  /** `degraded` needs attention, and the endpoint still responds 200. */
  readonly level: 'ok' | 'degraded';
  readonly details: Readonly<Record<string, number | readonly string[]>>;
  /** Time of the change to this level: Unix time in milliseconds. @defaultValue the time of the reading */
  readonly sinceMs?: number | undefined;
}

/** Probe of one resource. */
export interface HealthProbe {
  /** Name in the response. */
  readonly key: string;
  /** Reads the current state. A probe that throws is down. */
  read(): HealthReading;
}

/** Returns the memory probe: the used share of the heap limit. */
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

/** Returns the event loop probe: the 99th percentile of the delay. */
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

/** Input of the {@link commandErrorsProbe}. */
export interface CommandErrors {
  /** Returns the failed share of the commands of the last minute. */
  ratio(): number;
  /** Returns the number of commands finished in the last minute. */
  finished(): number;
}

// With fewer commands, a single failure is not significant.
const MIN_COMMANDS = 10;

/** Returns the command probe: the share of failed commands in the last minute; rejections are not failures. */
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
