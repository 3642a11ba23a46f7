import type { AlertDefinition } from './alert-definition.js';
import { applicationAlerts } from './definitions/application.js';
import { commandAlerts, queryAlerts } from './definitions/commands.js';
import { eventStoreAlerts } from './definitions/event-store.js';
import { httpAlerts } from './definitions/http.js';
import { jobAlerts } from './definitions/jobs.js';
import { graphqlAlerts, messageAlerts } from './definitions/messages.js';
import { clusterAlerts, errorAlerts, healthAlerts, logAlerts } from './definitions/operations.js';
import { outboundAlerts } from './definitions/outbound.js';
import { pipelineAlerts } from './definitions/pipelines.js';
import { projectionLagAlerts } from './definitions/projection-lag.js';
import { projectionAlerts } from './definitions/projections.js';
import { resourceAlerts } from './definitions/resources.js';
import { runtimeAlerts } from './definitions/runtime.js';
import { sloAlerts } from './definitions/slos.js';
import { engineAlerts, telemetryAlerts } from './definitions/telemetry.js';

/** Section of the alerts on objectives. */
export const SLO_DOMAIN = 'Service level objectives';

/**
 * All alerts by name, on metrics in the namespace `eventcore`.
 *
 * @example
 * ```ts
 * import { alerts } from '@eventcore/nestjs-observability/alerting';
 *
 * const { default: threshold, unit } = alerts.CommandErrorRateHigh.parameters.ratio;
 * // 0.05, 'ratio'
 * ```
 */
export const alerts = {
  ...applicationAlerts,
  ...commandAlerts,
  ...queryAlerts,
  ...projectionLagAlerts,
  ...projectionAlerts,
  ...jobAlerts,
  ...messageAlerts,
  ...graphqlAlerts,
  ...pipelineAlerts,
  ...eventStoreAlerts,
  ...errorAlerts,
  ...resourceAlerts,
  ...runtimeAlerts,
  ...httpAlerts,
  ...outboundAlerts,
  ...healthAlerts,
  ...clusterAlerts,
  ...logAlerts,
  ...telemetryAlerts,
  ...engineAlerts,
  ...sloAlerts,
};

/** Name of an alert, its label `alertname`. */
export type AlertName = keyof typeof alerts;

/** An alert with its name and domain. */
export interface NamedAlert extends AlertDefinition {
  /** Label `alertname`. */
  readonly name: AlertName;
  /** Title of its section, which is that of the catalogue where there is one. */
  readonly domain: string;
}

const domains: Readonly<Record<string, Readonly<Record<string, AlertDefinition>>>> = {
  Applications: applicationAlerts,
  Commands: commandAlerts,
  Queries: queryAlerts,
  Projections: { ...projectionLagAlerts, ...projectionAlerts },
  Jobs: jobAlerts,
  Messages: messageAlerts,
  GraphQL: graphqlAlerts,
  Pipelines: pipelineAlerts,
  'Event store': eventStoreAlerts,
  Errors: errorAlerts,
  'Connection pools and circuit breakers': resourceAlerts,
  System: runtimeAlerts,
  HTTP: httpAlerts,
  'Outbound HTTP': outboundAlerts,
  'Health checks': healthAlerts,
  'Workers and threads': clusterAlerts,
  'Log lines': logAlerts,
  'Library internals': telemetryAlerts,
  Alerts: engineAlerts,
  [SLO_DOMAIN]: sloAlerts,
};

/** Returns the default values of the parameters of an alert. */
export function defaultsOf({ parameters }: AlertDefinition): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(parameters).map(([name, it]) => [name, it.default]));
}

/** All alerts as a list, by domain. */
export const alertDefinitions: readonly NamedAlert[] = Object.entries(domains).flatMap(
  ([domain, group]) =>
    Object.entries(group).map(([name, it]) => ({ ...it, name: name as AlertName, domain })),
);
