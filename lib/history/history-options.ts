import type { CanActivate, Type } from '@nestjs/common';
import { group, list, option, type ValueDescription } from '../options/description.js';
import { endpointMembers } from '../options/endpoint-options.js';
import { type MetricQueriesOptions, metricQueriesOptions } from '../query/query-options.js';
import { endpointPath, matching, OFF, text, wholeNumber } from '../options/standard-options.js';

/** Length of time: a number and `s`, `m`, `h` or `d`, such as `90m`. */
export type HistoryDuration = `${number}${'s' | 'm' | 'h' | 'd'}`;

/** Options of {@link history} and {@link MetricHistory}. */
export interface HistoryOptions {
  /** Time between two ticks in milliseconds, 1000 to 60000. @defaultValue 5000 */
  readonly intervalMs?: number;
  /** Age up to which every tick is kept. @defaultValue '1h' */
  readonly retention?: HistoryDuration;
  /** Ticks that remain beyond the retention; `false` for none. @defaultValue `{}` */
  readonly rollup?: HistoryRollupOptions | false;
  /**
   * Limit of the memory of the history in bytes, 1 MiB or more. Beyond it the oldest rollups go first.
   *
   * @defaultValue 33554432 (32 MiB)
   */
  readonly maxBytes?: number;
  /** Metrics to record by name, `*` for any characters. @defaultValue all metrics */
  readonly metrics?: readonly string[];
  /** Files of the history, which survive the process. @defaultValue memory only */
  readonly storage?: HistoryStorageOptions;
  /** Settings and limits of `MetricQueries`. @defaultValue `{}` */
  readonly queries?: MetricQueriesOptions;
  /** HTTP API in the form of Prometheus, for `promtool`, Grafana and the command line. @defaultValue none */
  readonly api?: QueryApiOptions;
}

/** Options of the HTTP API. */
export interface QueryApiOptions {
  /** Path of the API below the global prefix; clients append `/api/v1`. @defaultValue '/prometheus' */
  readonly path?: string;
  /**
   * Guards of the API; with `NODE_ENV=production` at least one. Whoever passes them reads all metrics.
   *
   * @defaultValue none
   */
  readonly guards?: readonly Type<CanActivate>[];
  /** Class decorators of its controller, such as `Public()`. @defaultValue none */
  readonly decorators?: readonly ClassDecorator[];
}

/** Options of ticks that are older than the retention. */
export interface HistoryRollupOptions {
  /** Time between two kept ticks. @defaultValue '1m' */
  readonly every?: HistoryDuration;
  /** Age up to which they are kept. @defaultValue '26h', or `storage.retention` with files */
  readonly retention?: HistoryDuration;
}

/** Options of files. */
export interface HistoryStorageOptions {
  /** Directory of the files. One process at a time writes to it; another one keeps its history in memory. */
  readonly directory: string;
  /** Age up to which rollups are kept in files. @defaultValue '15d' */
  readonly retention?: HistoryDuration;
  /** Limit of all files in bytes, 1 MiB or more. Beyond it the oldest rollups go first. @defaultValue 1073741824 (1 GiB) */
  readonly maxBytes?: number;
}

const MIB = 1_048_576;
const LONGEST_PATH = 4_096;
const DURATION = /^(\d{1,9})([smhd])$/;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 36e5, d: 864e5 };

function duration(example: string): ValueDescription {
  return option(matching(/^[1-9]\d{0,8}[smhd]$/), {
    rule: 'a whole number above 0 with the unit s, m, h or d',
    remedy: `Pass something like '${example}'.`,
  });
}

const { guards, decorators } = endpointMembers('');

/** Description of {@link HistoryOptions}. The reference of options reads it. @public */
export const historyOptions = group<HistoryOptions>({
  intervalMs: wholeNumber(1_000, 60_000),
  retention: duration('1h'),
  rollup: group<HistoryRollupOptions>(
    { every: duration('1m'), retention: duration('26h') },
    { rule: 'an object of options, or false', remedy: 'Pass an object.', or: OFF },
  ),
  maxBytes: wholeNumber(MIB, 64 * 1024 * MIB),
  metrics: list(
    option(matching(/^[a-zA-Z0-9_:*]{1,256}$/), {
      rule: 'a metric name in which * stands for any characters',
      remedy: "Pass something like 'eventcore_*'.",
    }),
    {
      rule: 'an array of metric names',
      remedy: "Pass something like ['eventcore_*'].",
      atLeast: 1,
    },
  ),
  storage: group<HistoryStorageOptions>({
    directory: text(LONGEST_PATH, {
      required: true,
      remedy: "Pass something like '/var/lib/shop'.",
    }),
    retention: duration('15d'),
    maxBytes: wholeNumber(MIB, 1024 * 1024 * MIB),
  }),
  queries: metricQueriesOptions,
  api: group<QueryApiOptions>(
    { path: endpointPath('/internal/prometheus'), guards, decorators },
    {
      rule: 'an object of options',
      remedy: 'Pass something like { guards: [AdminGuard] }.',
      checks: [
        {
          at: 'guards',
          rule: 'must name a guard in production: whoever reaches the API reads all metrics',
          remedy: 'Pass something like [AdminGuard], or leave api out.',
          holds: ({ guards: given }) =>
            process.env['NODE_ENV'] !== 'production' || (Array.isArray(given) && given.length > 0),
        },
      ],
    },
  ),
});

/** Options with their defaults, in milliseconds and bytes. */
export interface HistorySettings {
  readonly intervalMs: number;
  readonly retentionMs: number;
  readonly rollup: { readonly everyMs: number; readonly retentionMs: number } | undefined;
  readonly maxBytes: number;
  readonly storage: { readonly directory: string; readonly maxBytes: number } | undefined;
  accepts(metric: string): boolean;
}

/** Returns the settings of options that are valid. */
export function settingsOf(options: HistoryOptions): HistorySettings {
  const { intervalMs = 5_000, retention = '1h', rollup = {}, maxBytes = 32 * MIB } = options;
  const { storage, metrics } = options;
  const files = storage && { maxBytes: 1024 * MIB, ...storage };
  const longest = storage === undefined ? '26h' : (storage.retention ?? '15d');
  return {
    intervalMs,
    retentionMs: durationMs(retention),
    rollup:
      rollup === false
        ? undefined
        : {
            everyMs: durationMs(rollup.every ?? '1m'),
            retentionMs: durationMs(rollup.retention ?? longest),
          },
    maxBytes,
    storage: files,
    accepts: acceptorOf(metrics),
  };
}

function durationMs(duration: HistoryDuration): number {
  const [, count = '', unit = ''] = DURATION.exec(duration) ?? [];
  return Number(count) * (UNIT_MS[unit] ?? 0);
}

function acceptorOf(patterns: readonly string[] | undefined): (metric: string) => boolean {
  if (patterns === undefined) return () => true;
  const all = patterns.map((it) => new RegExp(`^${it.replaceAll('*', '.*')}$`));
  return (metric) => all.some((it) => it.test(metric));
}
