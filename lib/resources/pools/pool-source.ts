/** Reading of a connection pool at one instant. */
export interface PoolReading {
  /** Number of open connections, in use or idle, 0 or more. */
  readonly size: number;
  /** Number of idle connections, 0 or more. */
  readonly available: number;
  /**
   * Maximum number of open connections, 0 or more; the series is absent without it and for `Infinity`. @defaultValue no
   * limit
   */
  readonly maxSize?: number | undefined;
  /** Number of callers waiting for a connection, 0 or more; the series is absent without it. @defaultValue unknown */
  readonly pending?: number | undefined;
}

/**
 * Answer of a pool: a reading; `undefined` when there is none at the moment, for example before it connects; `'ended'`
 * when the pool was closed, which ends its registration.
 */
export type PoolAnswer = PoolReading | 'ended' | undefined;

/**
 * Source of pool readings: an object whose properties are read at each read of the metrics, or a function. It must be
 * synchronous and must not query the database.
 */
export type PoolSource = PoolReading | (() => PoolAnswer);

/** Pool with asynchronous readings. It is polled in the background, and a snapshot contains its last reading. */
export interface BackgroundPoolSource {
  /**
   * Returns a reading. Called every 5 s, and never while a previous call is pending. The series are absent when the
   * last reading is older than 15 s.
   */
  observe(): Promise<PoolReading | undefined>;
}
