import { expressionIn, isCatalogueName, withMatchers } from '../metrics/catalogue/expression.js';
import { type AlertChoice, type AlertOptions, chosen } from './alert-options.js';
import { alertDefinitions, type NamedAlert, SLO_DOMAIN } from './alert-definitions.js';
import { matchersOf } from './selector.js';
import { type RecordingRule, sloRules } from './slo-rules.js';
import { quantityText } from './quantity.format.js';

/** Alerting rule of Prometheus. */
export interface AlertingRule {
  /** Name of the alert. */
  readonly alert: string;
  /** PromQL. */
  readonly expr: string;
  /** Time for which the expression must hold. @defaultValue none */
  readonly for?: string;
  /** Time for which the alert goes on. @defaultValue none */
  readonly keep_firing_for?: string;
  /** Label `severity`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Texts of notifications. */
  readonly annotations: Readonly<Record<string, string>>;
}

/** Group of rules, which Prometheus evaluates in their order. */
export interface RuleGroup {
  /** Name of the group: namespace and domain. */
  readonly name: string;
  /** Rules in their order. */
  readonly rules: readonly (AlertingRule | RecordingRule)[];
}

/** Metrics that Prometheus itself adds for each target. */
const OF_TARGETS: readonly string[] = ['up', 'scrape_duration_seconds'];

/** Marks for matchers, which are put in once the metrics are renamed. */
const [ON_RAW, ON_RECORDED] = ['$raw', '$recorded'];
const MARK = /\$(?:raw|recorded)\b/g;

/**
 * Returns the rules of all alerts, and those that record the objectives.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID` for an option that is invalid.
 *
 * @example
 * ```ts
 * import { alertRules } from '@eventcore/nestjs-observability/alerting';
 *
 * const groups = alertRules({ selector: 'job="shop"', parameters: { 'ProjectionLagHigh.seconds': 120 } });
 * ```
 */
export function alertRules(options?: AlertOptions): readonly RuleGroup[] {
  const choice = chosen(options);
  const groups = new Map<string, (AlertingRule | RecordingRule)[]>();
  for (const it of exportedAlerts(choice)) {
    const rules = groups.get(it.domain) ?? (it.domain === SLO_DOMAIN ? recordingRules(choice) : []);
    groups.set(it.domain, [...rules, alertingRule(it, choice)]);
  }
  return [...groups].map(([domain, rules]) => ({
    name: `${choice.namespace}-${domain.toLowerCase().replaceAll(/\W+/g, '-')}`,
    rules,
  }));
}

/** Returns the alerts that an export contains: those on objectives only with objectives. */
export function exportedAlerts({ slos }: Pick<AlertChoice, 'slos'>): readonly NamedAlert[] {
  return alertDefinitions.filter(({ domain }) => domain !== SLO_DOMAIN || slos.length > 0);
}

/** Returns the expression of an alert with the values, labels and names of an export. */
export function expressionOf(alert: NamedAlert, choice: AlertChoice): string {
  return placed(alert.expr(choice.valuesOf(alert), choice.scope), choice);
}

/** Returns a text with the values of parameters, and with names in the namespace. */
export function textOf(text: string, alert: NamedAlert, choice: AlertChoice): string {
  const values = choice.valuesOf(alert);
  const filled = text.replaceAll(/(?<!\{)\{(\w+)\}(?!\})/g, (whole, name: string) => {
    const unit = alert.parameters[name]?.unit;
    return unit === undefined ? whole : quantityText(values[name] as number, unit);
  });
  return expressionIn(choice.namespace, filled);
}

/** Returns the address of the runbook of an alert. */
function runbookAddress(name: string, base: string): string {
  return base.includes('{alert}')
    ? base.replaceAll('{alert}', name)
    : `${base.replace(/\/+$/, '')}/${name}`;
}

function alertingRule(alert: NamedAlert, choice: AlertChoice): AlertingRule {
  const { name, severity, for: pending, keepFiringFor } = alert;
  const { runbookUrl } = choice;
  return {
    alert: name,
    expr: expressionOf(alert, choice),
    ...(pending !== undefined && { for: pending }),
    ...(keepFiringFor !== undefined && { keep_firing_for: keepFiringFor }),
    labels: { severity },
    annotations: {
      summary: textOf(alert.summary, alert, choice),
      description: textOf(alert.description, alert, choice),
      ...(runbookUrl !== undefined && { runbook_url: runbookAddress(name, runbookUrl) }),
    },
  };
}

function recordingRules(choice: AlertChoice): RecordingRule[] {
  return choice.slos.flatMap((slo) =>
    sloRules(slo, choice.scope).map(({ record, expr, labels }) => ({
      record: expressionIn(choice.namespace, record),
      expr: placed(expr, choice),
      labels,
    })),
  );
}

/** Recorded series have the labels of the scope only: other matchers would find none. */
function placed(expression: string, { namespace, selector, aggregateBy }: AlertChoice): string {
  const kept = matchersOf(selector).filter(({ name }) => aggregateBy.includes(name));
  const isRaw = (it: string) => isCatalogueName(it) || OF_TARGETS.includes(it);
  const onRaw = withMatchers(expression, selector && ON_RAW, isRaw);
  const onAll = withMatchers(onRaw, kept.length > 0 ? ON_RECORDED : '', (it) =>
    it.startsWith('eventcore:'),
  );
  // A value of the selector may be the name of a metric.
  return expressionIn(namespace, onAll).replaceAll(MARK, (mark) =>
    mark === ON_RAW ? selector : kept.join(','),
  );
}
