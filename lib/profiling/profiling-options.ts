import type { CanActivate, Type } from '@nestjs/common';
import { group, type GroupCheck, option } from '../options/description.js';
import { endpointMembers, isEmptyList, localPortChecks } from '../options/endpoint-options.js';
import {
  endpointPath,
  flag,
  matching,
  text,
  waitMs,
  wholeNumber,
} from '../options/standard-options.js';

/** Options of {@link profiling}. */
export interface ProfilingOptions {
  /** Path of the endpoints below the global prefix. @defaultValue '/profiling' */
  readonly path?: string;
  /** Guards of the endpoints. Without guards and port there are no endpoints. @defaultValue none */
  readonly guards?: readonly Type<CanActivate>[];
  /** Class decorators of their controller, such as `Public()`. @defaultValue none */
  readonly decorators?: readonly ClassDecorator[];
  /** Port for the endpoints alone, 0 to 65535; 0 selects a free port. @defaultValue the port of the application */
  readonly port?: number;
  /** Address that the port is bound to; one of this machine only. @defaultValue '127.0.0.1' */
  readonly host?: string;
  /** Time after a requested profile in which no other one can be requested, in milliseconds. @defaultValue 60000 */
  readonly pauseMs?: number;
  /**
   * True to serve heap snapshots as well. While one is taken, the process answers nothing for seconds to minutes and needs
   * up to 25 times the memory of its heap; the snapshot contains every text in memory, passwords as well.
   *
   * @defaultValue false
   */
  readonly heapSnapshot?: boolean;
  /** CPU profiles again and again. @defaultValue none */
  readonly continuous?: ContinuousProfilesOptions;
  /** CPU profiles while the event loop is late. @defaultValue none */
  readonly onDelay?: DelayProfilesOptions;
}

/** Options of CPU profiles that are taken again and again: either a folder or a Pyroscope. */
export interface ContinuousProfilesOptions {
  /** Time from the start of one profile to that of the next one in milliseconds, 5000 to 86400000. @defaultValue 60000 */
  readonly everyMs?: number;
  /** Length of a profile in seconds, 1 to 60, shorter than `everyMs`. @defaultValue 10 */
  readonly seconds?: number;
  /** Folder for `.cpuprofile` files, which is made if it is missing. @defaultValue none */
  readonly folder?: string;
  /** Number of files to keep, 1 to 10000. @defaultValue 60 */
  readonly keep?: number;
  /** Address of a Pyroscope. @defaultValue none */
  readonly pyroscope?: string;
  /** Header `Authorization` of requests to the Pyroscope. @defaultValue none */
  readonly authorization?: string;
  /** Tenant of the Pyroscope: the header `X-Scope-OrgID`. @defaultValue none */
  readonly tenant?: string;
}

/** Options of CPU profiles that are taken while the event loop is late. */
export interface DelayProfilesOptions {
  /** Folder for `.cpuprofile` files, which is made if it is missing. */
  readonly folder: string;
  /** 99th percentile of the delay of the event loop over 15 seconds, in milliseconds, 1 to 60000. @defaultValue 200 */
  readonly delayMs?: number;
  /** Least time between two profiles in minutes, 1 to 1440. @defaultValue 10 */
  readonly everyMinutes?: number;
  /** Length of a profile in seconds, 1 to 60. @defaultValue 10 */
  readonly seconds?: number;
  /** Number of files to keep, 1 to 10000. @defaultValue 60 */
  readonly keep?: number;
}

/** Options with their defaults. */
export const profilingDefaults = {
  path: '/profiling',
  host: '127.0.0.1',
  pauseMs: 60_000,
  everyMs: 60_000,
  seconds: 10,
  keep: 60,
  delayMs: 200,
  everyMinutes: 10,
} as const;

/** Longest profile. */
export const MOST_SECONDS = 60;

const POWER = 'reads the code that runs, and makes the process work for it';
const LONGEST_PATH = 4_096;
const MOST_FILES = 10_000;
const DAY_MS = 86_400_000;
const remedy = 'Pass something like { guards: [AdminGuard] }, or { port: 9466 } for this machine.';
const { guards, decorators, port, host } = endpointMembers('');
const folder = text(LONGEST_PATH, { remedy: "Pass something like '/var/lib/shop/profiles'." });
const seconds = wholeNumber(1, MOST_SECONDS);
const keep = wholeNumber(1, MOST_FILES);

const checks: readonly GroupCheck[] = [
  ...localPortChecks(POWER),
  {
    at: 'guards',
    rule: `must name a guard, unless there is a port: whoever reaches the endpoints ${POWER}`,
    remedy,
    holds: ({ guards: given, port: own, continuous, onDelay }) =>
      own !== undefined || !isEmptyList(given) || (continuous ?? onDelay) !== undefined,
  },
];

const continuousChecks: readonly GroupCheck[] = [
  {
    at: 'folder',
    rule: 'must be given unless pyroscope is, and not beside it',
    remedy: 'Pass one of the two.',
    holds: ({ folder: path, pyroscope }) => (path === undefined) !== (pyroscope === undefined),
  },
  {
    at: 'seconds',
    rule: 'must be shorter than everyMs',
    remedy: 'Pass something like { everyMs: 60000, seconds: 10 }.',
    holds: ({ everyMs = profilingDefaults.everyMs, seconds: length = profilingDefaults.seconds }) =>
      Number(length) * 1_000 < Number(everyMs),
  },
];

/** Description of {@link ProfilingOptions}. The reference of options reads it. @public */
export const profilingOptions = group<ProfilingOptions>(
  {
    path: endpointPath('/internal/profiling'),
    guards,
    decorators,
    port,
    host,
    pauseMs: waitMs(),
    heapSnapshot: flag(),
    continuous: group<ContinuousProfilesOptions>(
      {
        everyMs: wholeNumber(5_000, DAY_MS),
        seconds,
        folder,
        keep,
        pyroscope: option(matching(/^https?:\/\/[^\s/?#]/), {
          rule: 'a URL that begins with http:// or https://',
          remedy: "Pass something like 'http://pyroscope:4040'.",
          secret: true,
        }),
        authorization: text(LONGEST_PATH, { secret: true }),
        tenant: text(),
      },
      {
        rule: 'an object of options',
        remedy: "Pass something like { folder: '/var/lib/shop/profiles' }.",
        checks: continuousChecks,
      },
    ),
    onDelay: group<DelayProfilesOptions>({
      folder: { ...folder, required: true },
      delayMs: wholeNumber(1, 60_000),
      everyMinutes: wholeNumber(1, 1_440),
      seconds,
      keep,
    }),
  },
  { rule: 'an object of options', remedy, checks },
);

/** Returns true if endpoints are routes of the application: where guards decide who may use them. */
export function servesRoutes({ guards: given, port: own }: ProfilingOptions): boolean {
  return own === undefined && !isEmptyList(given);
}
