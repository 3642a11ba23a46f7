import type { InjectionToken } from '@nestjs/common';
import type { HealthCheckAnswer, HealthCheckSettings } from './health-check.js';

/**
 * A health check among the options of the module: of the application's own, or around an indicator of Terminus.
 *
 * @example
 * ```ts
 * import { HttpHealthIndicator } from '@nestjs/terminus';
 * import type { HealthCheckOptions } from '@eventcore/nestjs-observability/health';
 *
 * export const carrier: HealthCheckOptions = {
 *   name: 'carrier',
 *   critical: false,
 *   refreshMs: 15_000,
 *   inject: [HttpHealthIndicator],
 *   check: (http: HttpHealthIndicator) => http.pingCheck('carrier', 'https://carrier.example'),
 * };
 * ```
 */
export interface HealthCheckOptions extends HealthCheckSettings {
  /** Tokens of the providers that `check` is called with. @defaultValue none */
  readonly inject?: readonly InjectionToken[];
  /** Answers; called with what is injected, and with a `HealthCheckContext` after it. */
  readonly check: (...injected: never[]) => HealthCheckAnswer | PromiseLike<HealthCheckAnswer>;
}

/** A request, as far as one can tell who sent it. */
export interface HealthRequest {
  /** Its headers, in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** Address of the client, as the platform knows it. */
  readonly ip?: string | undefined;
}

/** Who sees more than the status. */
export type HealthDetails =
  'always' | 'never' | ((request: HealthRequest) => boolean | PromiseLike<boolean>);
