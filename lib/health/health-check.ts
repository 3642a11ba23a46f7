/** How well something is: `degraded` is worth a look and answers 200 all the same. */
export type HealthLevel = 'ok' | 'degraded' | 'down';

/** What a check is called with, after what it injects. */
export interface HealthCheckContext {
  /** Aborted when the time limit is over. */
  readonly signal: AbortSignal;
}

/** A level with what there is to say about it. */
export interface HealthCheckReport {
  /** How well it is. */
  readonly level: HealthLevel;
  /** What there is to say: numbers and short texts, no secrets. @defaultValue nothing */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

/** A result in the form of Terminus: what its indicators return. */
export type TerminusResult = Readonly<Record<string, { readonly status: string }>>;

/**
 * What a check answers: nothing or `true` for well, `false` for down, a level, a report, or the result of an indicator of
 * Terminus. One that throws is down, and so is one that answers anything else.
 */
export type HealthCheckAnswer =
  void | boolean | HealthLevel | HealthCheckReport | TerminusResult | undefined;

/** How a check is asked, and what depends on it. */
export interface HealthCheckSettings {
  /** Its name in answers, groups and metrics: 1 to 64 letters, digits, `_`, `-` and `.`, the first a letter. */
  readonly name: string;
  /**
   * Groups that it is a member of: `live`, `ready`, `startup`, or one that `health.groups` declares. Every check is part
   * of the endpoint with everything. @defaultValue none
   */
  readonly groups?: readonly string[];
  /** Whether its group answers 503 when it is down; one that is not critical degrades it. @defaultValue true */
  readonly critical?: boolean;
  /** Milliseconds that it may take, above 0; then it is down. @defaultValue 2000 */
  readonly timeoutMs?: number;
  /** Milliseconds that an answer is used for, 0 or more. @defaultValue 1000 */
  readonly cacheMs?: number;
  /**
   * Milliseconds between two answers that are asked for in the background, above 0; probes then read the last one.
   *
   * @defaultValue asked when somebody probes
   */
  readonly refreshMs?: number;
}
