/** Fields of a `traceparent` header. Source: https://www.w3.org/TR/trace-context/#traceparent-header */
export interface Traceparent {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string;
  /** One byte; bit 0 indicates that the producer sampled the trace. */
  readonly traceFlags: number;
}

const VERSION_00_LENGTH = 55;
// Higher versions may append fields; a header longer than any version needs is rejected without
// parsing.
const LENGTH_LIMIT = 512;
const FORM = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/;
const ALL_ZERO = /^0+$/;
// Flags defined today: sampled and random-trace-id. A later version may redefine the others.
const DEFINED_FLAGS = 0b11;

/**
 * Parses a `traceparent` header: version 00, and the fields that later versions must retain.
 *
 * @returns The violated rule as text when the header is invalid.
 *
 * @example
 * ```ts
 * import { parseTraceparent } from '@eventcore/nestjs-observability/tracing';
 *
 * const parsed = parseTraceparent('00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00');
 * export const traceId = typeof parsed === 'string' ? undefined : parsed.traceId;
 * ```
 */
export function parseTraceparent(header: unknown): Traceparent | string {
  if (typeof header !== 'string') return 'traceparent is text';
  if (header.length > LENGTH_LIMIT) return `traceparent has at most ${LENGTH_LIMIT} characters`;
  const [, version, traceId, spanId, flags] = FORM.exec(header) ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined) {
    return 'traceparent has the form version-traceid-spanid-flags in lower-case hex digits';
  }
  if (version === 'ff') return 'ff is no version of traceparent';
  if (version === '00' && header.length !== VERSION_00_LENGTH) {
    return `traceparent of version 00 has ${VERSION_00_LENGTH} characters`;
  }
  if (ALL_ZERO.test(traceId)) return 'a trace id is not all zeros';
  if (ALL_ZERO.test(spanId)) return 'a span id is not all zeros';
  return { traceId, spanId, traceFlags: flagsOf(version, flags) };
}

function flagsOf(version: string, flags = '00'): number {
  const byte = Number.parseInt(flags, 16);
  return version === '00' ? byte : byte & DEFINED_FLAGS;
}

/**
 * Formats a `traceparent` header of version 00 with unchanged flags. An unsampled trace is
 * propagated too, because its consumer would otherwise decide again and record half a trace.
 *
 * @returns An empty text, which no consumer accepts, for a value that has no such fields.
 */
export function formatTraceparent(traceparent: Traceparent): string {
  try {
    const { traceId, spanId, traceFlags } = traceparent;
    if (typeof traceId !== 'string' || typeof spanId !== 'string') return '';
    const flags = (traceFlags & 0xff).toString(16).padStart(2, '0');
    return `00-${traceId}-${spanId}-${flags}`;
  } catch {
    return '';
  }
}
