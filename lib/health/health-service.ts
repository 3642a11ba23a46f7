import type { HealthCheckResult, HealthIndicatorResult } from '@nestjs/terminus';
import type { CachedHealthCheck, CheckState } from './cached-health-check.js';
import type { HealthChecks } from './health-checks.js';
import type { LazyTerminus } from './terminus/terminus-services.js';

/** Conditions of a {@link StartUp} besides the checks of its group. */
export interface StartUpConditions {
  /** Returns true once the last bootstrap hook has run. */
  isStarted(): boolean;
  /** Returns true once the awaited projections have caught up. */
  areProjectionsReady(): boolean;
}

/** Start-up state of an application. Once complete, it never reverts. */
export class StartUp {
  readonly #checks: HealthChecks;
  readonly #conditions: StartUpConditions;
  #isOver = false;

  constructor(checks: HealthChecks, conditions: StartUpConditions) {
    this.#checks = checks;
    this.#conditions = conditions;
  }

  /** Resolves to true once the application has bootstrapped and every check of the group `startup` has succeeded. */
  async isOver(): Promise<boolean> {
    if (this.#isOver) return true;
    if (!this.#conditions.isStarted() || !this.#conditions.areProjectionsReady()) return false;
    const states = await Promise.all(this.#checks.members('startup').map((it) => it.read()));
    this.#isOver ||= states.every(({ level }) => level !== 'down');
    return this.#isOver;
  }
}

/** Content of `/health` besides the checks. */
export interface HealthInfo {
  readonly uptime_seconds: number;
  readonly version: string;
  readonly commands_executing: number;
  readonly projections_active: number;
  readonly memory_usage_mb: number;
}

/** Status and body of a response. */
export interface HealthAnswer {
  readonly httpStatus: 200 | 503;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Dependencies of a {@link HealthService}. */
export interface HealthSource {
  readonly checks: HealthChecks;
  readonly startUp: StartUp;
  /** Returns true once the application has begun to shut down. */
  isStopping(): boolean;
  facts(): HealthInfo;
  /** Resolves to true if the client may see more than the status. */
  mayShowDetails(request: unknown): Promise<boolean>;
}

type Status = HealthCheckResult['status'] | 'starting';

/** Answers the health endpoints through Terminus. */
export class HealthService {
  readonly #terminus: LazyTerminus;
  readonly #source: HealthSource;

  constructor(terminus: LazyTerminus, source: HealthSource) {
    this.#terminus = terminus;
    this.#source = source;
  }

  /**
   * Returns the health of a group. `live` never responds 503 during a shutdown, so that the process
   * is not killed. `ready` responds 503 until the application has started, and during the shutdown.
   *
   * @param group - Name of the group; all checks without one.
   * @param request - HTTP request of the client.
   */
  async answer(group: string | undefined, request: unknown): Promise<HealthAnswer> {
    const { checks, facts, mayShowDetails } = this.#source;
    const result = await this.#ask(checks.members(group));
    const status = await this.#statusOf(group, result);
    const httpStatus = status === 'ok' || status === 'degraded' ? 200 : 503;
    if (!(await mayShowDetails(request))) return { httpStatus, body: { status } };
    return { httpStatus, body: { ...checks.facts(), ...result, status, ...facts() } };
  }

  async #statusOf(group: string | undefined, result: HealthCheckResult): Promise<Status> {
    const { isStopping, startUp } = this.#source;
    if (group === 'startup') return (await startUp.isOver()) ? 'ok' : 'starting';
    if (group === 'live') return levelOf(result);
    if (isStopping()) return 'shutting_down';
    return group === 'ready' && !(await startUp.isOver()) ? 'starting' : levelOf(result);
  }

  async #ask(watched: readonly CachedHealthCheck[]): Promise<HealthCheckResult> {
    const { checks, knowsDegraded } = await this.#terminus.services();
    const results = await Promise.all(
      watched.map(async (it) => toResult(it, await it.read(), knowsDegraded)),
    );
    try {
      return await checks.check(results.map((it) => () => it));
    } catch (error) {
      return resultOf(error);
    }
  }
}

function toResult(
  { definition }: CachedHealthCheck,
  state: CheckState,
  knowsDegraded: boolean,
): HealthIndicatorResult {
  const { name, critical = true } = definition;
  // NaN from a clock of the application that fails.
  const isKnown = !Number.isNaN(state.changedMs);
  const since = isKnown && { since: new Date(state.changedMs).toISOString() };
  const details = { ...state.details, ...since };
  if (state.level === 'ok') return { [name]: { ...details, status: 'up' } };
  if (state.level === 'down' && critical) return { [name]: { ...details, status: 'down' } };
  const told = state.level === 'down' ? { ...details, down: true } : details;
  // A Terminus without `degraded` receives it in a detail.
  const status = knowsDegraded ? 'degraded' : 'up';
  return { [name]: { ...told, status, ...(!knowsDegraded && { degraded: true }) } };
}

function levelOf({ error, details }: HealthCheckResult): 'ok' | 'degraded' | 'error' {
  if (Object.keys(error ?? {}).length > 0) return 'error';
  const isDegraded = Object.values(details).some(
    (it) => it.status === 'degraded' || it['degraded'] === true,
  );
  return isDegraded ? 'degraded' : 'ok';
}

/** Extracts the result from the error that Terminus throws for 503. */
function resultOf(error: unknown): HealthCheckResult {
  const response = (error as { getResponse?(): unknown }).getResponse?.();
  if (typeof response === 'object' && response !== null && 'details' in response) {
    return response as HealthCheckResult;
  }
  throw error;
}
