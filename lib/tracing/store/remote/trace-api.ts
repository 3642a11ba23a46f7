import type { StoredSpan } from '../stored-trace.js';
import type { TraceQuery } from '../trace-query.js';
import type { Exchange } from './exchange.js';

/** A query with what a backend must be told. */
export interface RemoteQuery extends TraceQuery {
  readonly limit: number;
  /** The range to search; the query's own bounds where it has them. Unix time in milliseconds. */
  readonly searchFromMs: number;
  readonly searchToMs: number;
}

/** What differs between two backends: how they are asked, and what their answers look like. */
export interface TraceApi {
  /** The spans of one trace; none when the backend does not know it. */
  getSpans(exchange: Exchange, traceId: string): Promise<readonly StoredSpan[]>;
  /**
   * All spans of the traces that may match, in any order, the same span perhaps more than once. The backend is told what
   * it can filter by; what it lets through too much is left out afterwards.
   */
  findSpans(exchange: Exchange, query: RemoteQuery): Promise<readonly StoredSpan[]>;
}
