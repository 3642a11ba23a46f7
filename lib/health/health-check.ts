/** Health level. `degraded` needs attention, and the endpoint still responds 200. */
export type HealthLevel = 'ok' | 'degraded' | 'down';

/** Context of a check, passed after its injected providers. */
export interface HealthCheckContext {
  /** Aborts when the time limit expires. */
  readonly signal: AbortSignal;
}

/** Level with details. */
export interface HealthCheckReport {
  /** Health level. */
  readonly level: HealthLevel;
  /** Numbers and short texts without secrets. @defaultValue none */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** Result of a Terminus indicator. */
export type TerminusResult = Readonly<Record<string, { readonly status: string }>>;

/**
 * Return value of a check: nothing or `true` for ok, `false` for down, a level, a report, or the
 * result of a Terminus indicator. A check that throws or returns any other value is down.
 */
export type HealthCheckAnswer =
  void | boolean | HealthLevel | HealthCheckReport | TerminusResult | undefined;

/** Settings of a health check. */
export interface HealthCheckSettings {
  /** Name in responses, groups and metrics: 1 to 64 letters, digits, `_`, `-` and `.`, starting with a letter. */
  readonly name: string;
  /**
   * Groups of the check: `live`, `ready`, `startup`, or one that `health.groups` declares. The full
   * health endpoint includes every check. @defaultValue none
   */
  readonly groups?: readonly string[];
  /** If true, a `down` result makes its groups respond 503; if false, it degrades them. @defaultValue true */
  readonly critical?: boolean;
  /** Time limit in milliseconds, above 0, after which the check is down. @defaultValue 2000 */
  readonly timeoutMs?: number;
  /** Lifetime of a cached result in milliseconds, 0 or more. @defaultValue 1000 */
  readonly cacheMs?: number;
  /**
   * Interval of background runs in milliseconds, above 0. Health requests then read the last
   * result.
   *
   * @defaultValue runs on request
   */
  readonly refreshMs?: number;
}
