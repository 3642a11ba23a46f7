import type { InjectionToken } from '@nestjs/common';
import type { HealthCheckAnswer, HealthCheckSettings } from './health-check.js';

/**
 * Health check in the module options: custom, or around a Terminus indicator.
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
  /** Tokens of the providers that are passed to `check`. @defaultValue none */
  readonly inject?: readonly InjectionToken[];
  /** Runs the check with the injected providers, followed by a `HealthCheckContext`. */
  readonly check: (...injected: never[]) => HealthCheckAnswer | PromiseLike<HealthCheckAnswer>;
}

/** Properties of a health request that identify the client. */
export interface HealthRequest {
  /** Headers with lower-case names. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** IP address of the client as reported by the platform. */
  readonly ip?: string | undefined;
}

/** Visibility of details: always, never, or per request. */
export type HealthDetails =
  'always' | 'never' | ((request: HealthRequest) => boolean | PromiseLike<boolean>);
