import { MAX_TRACE_LIMIT, type TraceQuery } from './trace-query.js';
import { TraceStoreError } from './trace-store.js';

const HEX_ID = /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/i;
const ZERO_ID = /^0+$/;

interface Rule {
  readonly rule: string;
  accepts(value: unknown): boolean;
}

const text: Rule = {
  rule: 'a text of at least one character',
  accepts: (it) => typeof it === 'string' && it !== '',
};
// The year 255000: the maximum of a Date and of 64-bit microseconds.
const MAX_MS = 8_000_000_000_000_000;
const milliseconds: Rule = {
  rule: `a number of milliseconds from 0 to ${MAX_MS}`,
  accepts: (it) => isFinite(it) && it >= 0 && it <= MAX_MS,
};

const rules: Readonly<Record<keyof TraceQuery, Rule>> = {
  service: text,
  name: text,
  attributes: {
    rule: 'texts, finite numbers and booleans by attribute name',
    accepts: (it) => isObject(it) && Object.values(it).every(isScalar),
  },
  minDurationMs: milliseconds,
  maxDurationMs: milliseconds,
  status: { rule: "'ok' or 'error'", accepts: (it) => it === 'ok' || it === 'error' },
  fromMs: milliseconds,
  toMs: milliseconds,
  order: {
    rule: "'newest' or 'slowest'",
    accepts: (it) => it === 'newest' || it === 'slowest',
  },
  limit: {
    rule: `a whole number from 1 to ${MAX_TRACE_LIMIT}`,
    accepts: (it) => isFinite(it) && Number.isInteger(it) && it >= 1 && it <= MAX_TRACE_LIMIT,
  },
};

/** Returns the problem of a query; `undefined` for a valid one. */
export function traceQueryProblem(query: unknown): TraceStoreError | undefined {
  const detail = isObject(query) ? firstProblem(query) : 'The query must be an object.';
  return detail === undefined
    ? undefined
    : new TraceStoreError('OBS_TRACE_QUERY_INVALID', { detail });
}

/** Returns the normalized trace id, or its problem. */
export function toTraceId(traceId: unknown): string | TraceStoreError {
  if (typeof traceId === 'string' && HEX_ID.test(traceId) && !ZERO_ID.test(traceId)) {
    return traceId.toLowerCase().padStart(32, '0');
  }
  const detail = 'A trace id has 32 (or 16) hexadecimal digits that are not all zero.';
  return new TraceStoreError('OBS_TRACE_QUERY_INVALID', { detail });
}

function firstProblem(query: Readonly<Record<string, unknown>>): string | undefined {
  for (const [name, value] of Object.entries(query)) {
    if (!Object.hasOwn(rules, name)) return `A query has no '${name.slice(0, 100)}'.`;
    const { rule, accepts } = rules[name as keyof TraceQuery];
    if (value !== undefined && !accepts(value)) return `'${name}' must be ${rule}.`;
  }
  const { minDurationMs, maxDurationMs, fromMs, toMs } = query as TraceQuery;
  if (isReversed(minDurationMs, maxDurationMs)) return `'maxDurationMs' is below 'minDurationMs'.`;
  if (isReversed(fromMs, toMs)) return `'toMs' is before 'fromMs'.`;
  return undefined;
}

function isReversed(from: number | undefined, to: number | undefined): boolean {
  return from !== undefined && to !== undefined && from > to;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFinite(value: unknown): value is number {
  return Number.isFinite(value);
}

function isScalar(value: unknown): boolean {
  return typeof value === 'string' || typeof value === 'boolean' || isFinite(value);
}
