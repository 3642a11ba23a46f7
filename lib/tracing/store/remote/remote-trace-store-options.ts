import { type Clock, systemClock } from '../../../kernel/clock.js';
import { assertOptions } from '../../../options/assert-options.js';
import { group, option } from '../../../options/description.js';
import { isGroup } from '../../../options/hostile-values.js';
import { clock, wholeNumber } from '../../../options/standard-options.js';

const HOUR_MS = 3_600_000;
const MEBIBYTE = 1_048_576;

/** Connection to a tracing backend. */
export interface RemoteTraceStoreOptions {
  /** Base URL of the HTTP API, including the path of a proxy before `/api`: `http://localhost:16686`. */
  readonly baseUrl: string;
  /** Headers of every request, such as authorization or tenant. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Time limit of one call of the store including all its requests, in ms, 1 to 120000. @defaultValue 10000 */
  readonly timeoutMs?: number | undefined;
  /** Maximum number of bytes read per call of the store, 1 KiB to 256 MiB. @defaultValue 16777216 (16 MiB) */
  readonly maxResponseBytes?: number | undefined;
  /**
   * Time range of a query without `fromMs`, in ms before its `toMs` or the current time, 1000 to
   * one year. Backends require a range. @defaultValue 3600000 (one hour)
   */
  readonly lookbackMs?: number | undefined;
  /** Clock for the current time. @defaultValue the system's clock */
  readonly clock?: Clock | undefined;
}

/** Resolved options. */
export type RemoteSettings = Required<{
  [K in keyof RemoteTraceStoreOptions]: NonNullable<RemoteTraceStoreOptions[K]>;
}>;

/** Description of {@link RemoteTraceStoreOptions}. The reference of options reads it. @public */
export const remoteTraceStoreOptions = group<RemoteTraceStoreOptions>(
  {
    baseUrl: option(isBaseUrl, {
      rule: 'an http or https URL without user name, password, query and fragment',
      remedy: "Pass something like 'http://localhost:16686'; credentials go into headers.",
      secret: true,
      required: true,
    }),
    headers: option(isHeaders, {
      rule: 'an object of texts by header name that HTTP allows',
      remedy: 'Correct the name or the value.',
      secret: true,
    }),
    timeoutMs: wholeNumber(1, 120_000),
    maxResponseBytes: wholeNumber(1024, 256 * MEBIBYTE),
    lookbackMs: wholeNumber(1000, 365 * 24 * HOUR_MS),
    clock: clock(),
  },
  {
    rule: 'an object with baseUrl',
    remedy: "Pass something like { baseUrl: 'http://localhost:16686' }.",
  },
);

/** @throws ConfigurationError `OBS_OPTION_INVALID` */
export function toRemoteSettings(store: string, options: RemoteTraceStoreOptions): RemoteSettings {
  assertOptions(store, remoteTraceStoreOptions, options);
  return {
    baseUrl: options.baseUrl.replace(/\/+$/, ''),
    headers: { ...options.headers },
    timeoutMs: options.timeoutMs ?? 10_000,
    maxResponseBytes: options.maxResponseBytes ?? 16 * MEBIBYTE,
    lookbackMs: options.lookbackMs ?? HOUR_MS,
    clock: options.clock ?? systemClock,
  };
}

function isBaseUrl(value: unknown): boolean {
  if (typeof value !== 'string' || !URL.canParse(value)) return false;
  const { protocol, username, password, search, hash } = new URL(value);
  return /^https?:$/.test(protocol) && `${username}${password}${search}${hash}` === '';
}

function isHeaders(value: unknown): boolean {
  if (!isGroup(value)) return false;
  if (!Object.values(value).every((it) => typeof it === 'string')) return false;
  try {
    return [...new Headers(value as Record<string, string>)].length >= 0;
  } catch {
    return false;
  }
}
