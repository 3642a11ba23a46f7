import * as v from 'valibot';
import { systemTimers } from '../../../kernel/timers.js';
import { type MembersOf, option } from '../../../options/description.js';
import { matching, timerMs, wholeNumber } from '../../../options/standard-options.js';
import { otlpTransportMembers } from '../../../otlp/transport-options.js';
import type { LogLevel } from '../../log-level.js';
import type { OpenSink, SinkHost } from '../log-sink.js';
import { bufferedBytes, level } from '../sink-options.js';
import { HttpTransport } from './http-transport.js';
import { Shipper } from './shipper.js';
import type { ShipFormat } from './verdict.js';

/** Options of every sink that sends batches to a receiver. */
export interface ShippingOptions {
  /** Lowest level of the sink. @defaultValue every level that is written */
  readonly level?: LogLevel;
  /** Headers of every request. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
  /** Compression of requests. @defaultValue 'gzip' */
  readonly compression?: 'gzip' | 'none';
  /** Bytes that wait for the receiver; beyond them the oldest lines are dropped and counted. @defaultValue 8388608 */
  readonly maxBufferedBytes?: number;
  /** Lines of one request. @defaultValue 1000 */
  readonly maxBatchLines?: number;
  /** Bytes of one request before compression, estimated. @defaultValue 1048576 */
  readonly maxBatchBytes?: number;
  /** Milliseconds that a line waits for its batch to fill, at most. @defaultValue 1000 */
  readonly intervalMs?: number;
  /** Time limit of a request in milliseconds. @defaultValue 10000 */
  readonly timeoutMs?: number;
  /** Time limit in milliseconds for the lines that wait when the application shuts down. @defaultValue 5000 */
  readonly flushTimeoutMs?: number;
}

/** Credentials of a receiver: a user, an API key of Elasticsearch, or a bearer token. */
export type SinkAuth =
  | { readonly username: string; readonly password: string }
  | { readonly apiKey: string }
  | { readonly token: string };

const DEFAULTS = {
  maxBufferedBytes: 8_388_608,
  maxBatchLines: 1_000,
  maxBatchBytes: 1_048_576,
  intervalMs: 1_000,
  timeoutMs: 10_000,
  flushTimeoutMs: 5_000,
};

/** Descriptions of {@link ShippingOptions}. */
export const shippingMembers = {
  level: level(),
  headers: otlpTransportMembers.headers,
  compression: otlpTransportMembers.compression,
  maxBufferedBytes: bufferedBytes(),
  maxBatchLines: wholeNumber(1, 100_000),
  maxBatchBytes: wholeNumber(1_024, 104_857_600),
  intervalMs: timerMs(),
  timeoutMs: timerMs(),
  flushTimeoutMs: timerMs(),
} satisfies MembersOf<ShippingOptions>;

/** Describes the address of a receiver. */
export function receiverUrl(example: string) {
  const remedy = `Pass something like '${example}'.`;
  return option(otlpTransportMembers.endpoint.schema, {
    ...otlpTransportMembers.endpoint,
    remedy,
    required: true,
  });
}

// A line break would end the header.
const headerText = matching(/^[\u0020-\u007e\u0080-\uffff]+$/);
const headerToken = matching(/^[\u0021-\u007e]+$/);
const sinkAuth = v.union([
  v.strictObject({ username: headerText, password: headerText }),
  v.strictObject({ apiKey: headerToken }),
  v.strictObject({ token: headerToken }),
]);

/** Describes {@link SinkAuth}. */
export function credentials() {
  return option(sinkAuth, {
    rule: '{ username, password }, { apiKey } or { token }, each a text that a header can have',
    remedy: 'Pass something like { apiKey: process.env.ELASTIC_API_KEY }.',
    secret: true,
  });
}

/** Address of a receiver with its credentials in headers, where no error shows them. */
export interface Receiver {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Moves a user of the address into headers, and appends a path that the address does not end with. */
export function receiverOf(
  address: string,
  path: string,
  {
    auth,
    headers = {},
  }: {
    readonly auth?: SinkAuth | undefined;
    readonly headers?: Readonly<Record<string, string>> | undefined;
  },
): Receiver {
  const url = new URL(address);
  const { username, password } = url;
  const named = username !== '' || password !== '';
  const own = named ? { username: decoded(username), password: decoded(password) } : undefined;
  const used = auth ?? own;
  url.username = '';
  url.password = '';
  const base = url.pathname.replace(/\/+$/, '');
  url.pathname = base.endsWith(path) ? base : `${base}${path}`;
  const authorization = used === undefined ? {} : { authorization: authorizationOf(used) };
  return { url: url.href, headers: { ...authorization, ...lowerCased(headers) } };
}

function authorizationOf(auth: SinkAuth): string {
  if ('apiKey' in auth) return `ApiKey ${auth.apiKey}`;
  if ('token' in auth) return `Bearer ${auth.token}`;
  return `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function lowerCased(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

/** Opens a sink that ships lines in a format. */
export function openShipper(
  sink: string,
  options: ShippingOptions,
  { host, format }: { readonly host: SinkHost; readonly format: ShipFormat },
): OpenSink {
  const { compression = 'gzip' } = options;
  const all = { ...DEFAULTS, ...given(options) };
  const { maxBufferedBytes, maxBatchLines, maxBatchBytes, intervalMs, timeoutMs } = all;
  return new Shipper({
    sink,
    host,
    format,
    transport: new HttpTransport({ timers: systemTimers, timeoutMs, compression }),
    limits: {
      maxBufferedBytes,
      batch: { lines: maxBatchLines, bytes: maxBatchBytes },
      intervalMs,
      flushTimeoutMs: all.flushTimeoutMs,
    },
    timers: systemTimers,
    random: Math.random,
  });
}

/** Options without those that are `undefined`. */
function given(options: ShippingOptions): Partial<typeof DEFAULTS> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
