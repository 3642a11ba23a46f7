/**
 * Controller of the health endpoints, and types of health checks, indicators and responses.
 *
 * @packageDocumentation
 */

export type { DrainPhase } from '../shutdown/drain.js';
export type { NewWork } from '../shutdown/drain-options.js';
export type { HealthCheckOptions, HealthDetails, HealthRequest } from './health-check-options.js';
export type {
  HealthCheckAnswer,
  HealthCheckContext,
  HealthCheckReport,
  HealthCheckSettings,
  HealthLevel,
  TerminusResult,
} from './health-check.js';
export { HealthController } from './health.controller.js';
export type { IndicatorResult, NamedResources } from './health-indicators.js';
export type { ProjectionHealth } from './projection-health.js';
