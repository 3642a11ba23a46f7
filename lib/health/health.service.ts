import type { ModuleRef } from '@nestjs/core';
import type { HealthCheckResult, HealthIndicatorResult } from '@nestjs/terminus';
import type { HealthProbe } from './health-indicators.js';

/** What `/health` tells besides the checks. */
export interface HealthFacts {
  readonly uptime_seconds: number;
  readonly version: string;
  readonly commands_executing: number;
  readonly projections_active: number;
  readonly memory_usage_mb: number;
}

/** Status and body of an answer. */
export interface HealthAnswer {
  readonly httpStatus: 200 | 503;
  readonly body: Readonly<Record<string, unknown>>;
}

/** What a {@link HealthService} asks. */
export interface HealthSource {
  readonly moduleRef: ModuleRef;
  probes(): readonly HealthProbe[];
  /** Whether the application has finished starting. */
  isStarted(): boolean;
  /** Whether the application has begun to shut down. */
  isStopping(): boolean;
  facts(): HealthFacts;
}

type Terminus = typeof import('@nestjs/terminus');

/** Answers the health endpoints through Terminus. */
export class HealthService {
  readonly #terminus: Terminus;
  readonly #source: HealthSource;

  constructor(terminus: Terminus, source: HealthSource) {
    this.#terminus = terminus;
    this.#source = source;
  }

  /** Everything: 503 when a check is down or the application shuts down. */
  async everything(): Promise<HealthAnswer> {
    return this.#answer(await this.#check(this.#source.probes()));
  }

  /** Whether the process works. It does while it answers, and it must not be killed for shutting down. */
  async live(): Promise<HealthAnswer> {
    const result = await this.#check([]);
    return this.#answer({ ...result, status: 'ok' });
  }

  /** Whether the application takes work: started, and not shutting down. */
  async ready(): Promise<HealthAnswer> {
    const result = await this.#check([]);
    const isStarting = result.status === 'ok' && !this.#source.isStarted();
    const answer = this.#answer(result);
    return isStarting ? { httpStatus: 503, body: { ...answer.body, status: 'starting' } } : answer;
  }

  #answer(result: HealthCheckResult): HealthAnswer {
    const isWell = result.status === 'ok' || result.status === 'degraded';
    return { httpStatus: isWell ? 200 : 503, body: { ...result, ...this.#source.facts() } };
  }

  async #check(probes: readonly HealthProbe[]): Promise<HealthCheckResult> {
    const { HealthCheckService } = this.#terminus;
    const checks = this.#source.moduleRef.get(HealthCheckService, { strict: false });
    const judge = (result: HealthCheckResult) =>
      ({
        ...result,
        status: this.#source.isStopping() ? 'shutting_down' : levelOf(result),
      }) as const;
    try {
      return judge(await checks.check(probes.map((probe) => () => this.#toResult(probe))));
    } catch (error) {
      return judge(resultOf(error));
    }
  }

  #toResult({ key, read }: HealthProbe): HealthIndicatorResult {
    const { HealthIndicatorService } = this.#terminus;
    const session = this.#source.moduleRef
      .get(HealthIndicatorService, { strict: false })
      .check(key);
    try {
      const { level, details } = read();
      if (level === 'ok') return session.up(details);
      // Terminus 11 knows up and down only.
      return 'degraded' in session ? session.degraded(details) : asUp(session, details);
    } catch (error) {
      return session.down({ reason: error instanceof Error ? error.name : 'unknown' });
    }
  }
}

function asUp(
  session: { up(details: Record<string, unknown>): HealthIndicatorResult },
  details: Record<string, unknown>,
): HealthIndicatorResult {
  return session.up({ ...details, degraded: true });
}

function levelOf({ status, details }: HealthCheckResult): HealthCheckResult['status'] {
  const isDegraded = Object.values(details).some((it) => it['degraded'] === true);
  return status === 'ok' && isDegraded ? 'degraded' : status;
}

/** Terminus throws its 503 with the result as the response. */
function resultOf(error: unknown): HealthCheckResult {
  const response = (error as { getResponse?(): unknown }).getResponse?.();
  if (typeof response === 'object' && response !== null && 'details' in response) {
    return response as HealthCheckResult;
  }
  throw error;
}
