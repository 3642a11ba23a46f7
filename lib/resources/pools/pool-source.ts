/** The numbers of a connection pool at one instant. */
export interface PoolReading {
  /** Connections that are open, whether in use or not; 0 or more. */
  readonly size: number;
  /** Open connections that nobody uses, 0 or more. */
  readonly available: number;
  /** Connections that may be open, 0 or more; the series is absent without it and for `Infinity`. @defaultValue no limit */
  readonly maxSize?: number | undefined;
  /** Callers that wait for a connection, 0 or more; the series is absent without it. @defaultValue unknown */
  readonly pending?: number | undefined;
}

/**
 * What a pool says when it is asked: its numbers; `undefined` when it has none at the moment, as before it is connected;
 * `'ended'` when it is closed for good, which ends its registration.
 */
export type PoolAnswer = PoolReading | 'ended' | undefined;

/**
 * Where the numbers of a pool come from whenever the metrics are read: an object whose properties are read anew each
 * time, or a function. It answers at once and touches no database.
 */
export type PoolSource = PoolReading | (() => PoolAnswer);

/** A pool that can only answer later: it is asked in the background, and a snapshot holds what it said last. */
export interface BackgroundPoolSource {
  /**
   * Called every 5 s, never while an answer is outstanding. Series are absent when the last answer is older than 15 s.
   */
  observe(): Promise<PoolReading | undefined>;
}
