import type { AlertOptions } from './alert-options.js';
import { chosen } from './alert-options.js';
import { alertRules, type RuleGroup } from './alert-rules.js';

/** Rule file of Prometheus. */
export interface PrometheusRules {
  /** Groups of rules, one for each domain. */
  readonly groups: readonly RuleGroup[];
}

/** Resource `PrometheusRule` of the Prometheus Operator. */
export interface PrometheusRuleResource {
  /** Version of the resource. */
  readonly apiVersion: 'monitoring.coreos.com/v1';
  /** Kind of the resource. */
  readonly kind: 'PrometheusRule';
  /** Name and labels of the resource. */
  readonly metadata: {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  /** The rules. */
  readonly spec: PrometheusRules;
}

/**
 * Returns a rule file for Prometheus 2.42 or later.
 *
 * @param options - Options of the rules.
 * @throws ConfigurationError `OBS_OPTION_INVALID` for an option that is invalid.
 */
export function prometheusRules(options?: AlertOptions): PrometheusRules {
  return { groups: alertRules(options) };
}

/**
 * Returns the rules as a resource of the Prometheus Operator 0.66 or later.
 *
 * @param options - Options of the rules.
 * @throws ConfigurationError `OBS_OPTION_INVALID` for an option that is invalid.
 */
export function prometheusRuleResource(options?: AlertOptions): PrometheusRuleResource {
  const name = `${chosen(options).namespace.replaceAll('_', '-')}-alerts`;
  return {
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name, labels: { 'app.kubernetes.io/name': name } },
    spec: prometheusRules(options),
  };
}
