/** Report of an application about itself, for plugins. It contains no secret. */
export interface ApplicationReport {
  /** Version of the application; absent when it is unknown. */
  readonly version?: string | undefined;
  /** Returns what `diagnose()` finds. It never throws. */
  findings(): readonly ReportedFinding[];
  /** Resolves to the last results of all health checks, which are asked when those are too old. */
  checks(): Promise<readonly ReportedCheck[]>;
}

/** Result of a health check. */
export interface ReportedCheck {
  readonly name: string;
  readonly level: 'ok' | 'degraded' | 'down';
  /** True if the service is down when the check is. */
  readonly critical: boolean;
  readonly details: Readonly<Record<string, unknown>>;
  /** Unix time in milliseconds of the last change of level. */
  readonly changedMs: number;
}

/** A finding of `diagnose()`. */
export interface ReportedFinding {
  /** Problem and remedy. */
  readonly text: string;
  /** Code, component or part that it concerns. */
  readonly about: string;
}

/** Token of the {@link ApplicationReport}. */
export const APPLICATION_REPORT: unique symbol = Symbol.for(
  'eventcore.application-report',
) as never;
