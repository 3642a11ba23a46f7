import type { AlertDefinition } from './alert-definition.js';
import { commandAlerts } from './definitions/commands.js';

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
export const alerts = { ...commandAlerts };

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
  Commands: commandAlerts,
};

/** All alerts as a list, by domain. */
export const alertDefinitions: readonly NamedAlert[] = Object.entries(domains).flatMap(
  ([domain, group]) =>
    Object.entries(group).map(([name, it]) => ({ ...it, name: name as AlertName, domain })),
);
