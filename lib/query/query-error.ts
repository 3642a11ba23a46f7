import { meaningsOf, queryCodes } from '../kernel/errors/error-codes.js';

/** Code of a {@link QueryError}. */
export type QueryErrorCode = keyof typeof queryErrorCodes;

/** Codes of a {@link QueryError} with their meanings. */
export const queryErrorCodes = meaningsOf(queryCodes);

/** Details of a {@link QueryError}. */
export interface QueryErrorDetails {
  /** Description, in the words of Prometheus where it has any. */
  readonly detail: string;
  /** Suggested fix. @defaultValue the remedy of the code */
  readonly remedy?: string | undefined;
  /** Place in the query: index of a UTF-16 code unit, from 0. */
  readonly offset?: number | undefined;
}

/**
 * Thrown for a query that is not valid PromQL, exceeds a limit, or cannot be evaluated on the series at hand.
 *
 * @example
 * ```ts
 * import { QueryError } from '@eventcore/nestjs-observability/query';
 *
 * export const isTooLarge = (error: unknown) =>
 *   error instanceof QueryError && error.code === 'OBS_QUERY_LIMIT';
 * ```
 */
export class QueryError extends Error {
  /** Always `QueryError`. */
  override readonly name = 'QueryError';
  /** Stable code to match on. */
  readonly code: QueryErrorCode;
  /** Description without code and remedy, as the HTTP API of Prometheus words it. */
  readonly detail: string;
  /** Suggested fix. */
  readonly remedy: string;
  /** Place in the query: index of a UTF-16 code unit, from 0. `undefined` for an error that has none. */
  readonly offset: number | undefined;

  constructor(code: QueryErrorCode, { detail, remedy, offset }: QueryErrorDetails) {
    const fix = remedy ?? queryCodes[code].remedy;
    super(`${code}: ${detail}. ${fix}`);
    this.code = code;
    this.detail = detail;
    this.remedy = fix;
    this.offset = offset;
  }
}
