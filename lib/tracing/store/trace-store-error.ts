/** Every code a {@link TraceStoreError} can carry, with what it stands for. */
export const traceStoreErrorCodes = {
  OBS_TRACE_QUERY_INVALID: 'A trace id or a trace query breaks a rule.',
  OBS_TRACE_STORE_MISSING: 'The application has not chosen a trace store.',
  OBS_TRACE_STORE_TIMEOUT: 'The tracing backend did not answer in time.',
  OBS_TRACE_STORE_UNREACHABLE: 'The connection to the tracing backend failed.',
  OBS_TRACE_STORE_STATUS: 'The tracing backend answered with an HTTP status of failure.',
  OBS_TRACE_STORE_TOO_LARGE: 'The answer of the tracing backend is larger than allowed.',
  OBS_TRACE_STORE_MALFORMED: 'The answer of the tracing backend is not what its API promises.',
} as const;

/** The code of a {@link TraceStoreError}. */
export type TraceStoreErrorCode = keyof typeof traceStoreErrorCodes;

/** What more is known about a {@link TraceStoreError}. */
export interface TraceStoreErrorDetails {
  /** What happened, for people. */
  readonly detail: string;
  /** The HTTP status, with `OBS_TRACE_STORE_STATUS`. */
  readonly status?: number;
  /** What was caught. */
  readonly cause?: unknown;
}

/** Why a {@link TraceStore} has no answer. Stores return it; they do not throw it. */
export class TraceStoreError extends Error {
  /** Tells this error from others where classes do not, as in a log. */
  override readonly name = 'TraceStoreError';
  /** Stable code to match on. */
  readonly code: TraceStoreErrorCode;
  /** The HTTP status, with `OBS_TRACE_STORE_STATUS` only. */
  readonly status: number | undefined;

  constructor(code: TraceStoreErrorCode, { detail, status, cause }: TraceStoreErrorDetails) {
    super(`${code}: ${traceStoreErrorCodes[code]} ${detail}`, { cause });
    this.code = code;
    this.status = status;
  }
}
