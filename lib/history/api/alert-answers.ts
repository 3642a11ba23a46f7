import type { CurrentAlert, RuleGroupStatus, RuleStatus } from '../../kernel/alert-port.js';

/** Returns alerts in the form of the HTTP API. */
export function alertData(alerts: readonly CurrentAlert[]): readonly object[] {
  return alerts.map(({ labels, annotations, state, activeAtMs, keptSinceMs, value }) => ({
    labels,
    annotations,
    state,
    activeAt: timeText(activeAtMs),
    ...(keptSinceMs !== undefined && { keepFiringSince: timeText(keptSinceMs) }),
    value: exponentText(value),
  }));
}

/**
 * Returns the groups of rules in the form of the HTTP API.
 *
 * @param type - `alert` or `record` for the rules of one type; empty for all.
 */
export function groupData(groups: readonly RuleGroupStatus[], type: string): readonly object[] {
  const wanted = { alert: 'alerting', record: 'recording' }[type];
  return groups.flatMap(({ name, file, intervalSeconds: interval, limit, rules, ...times }) => {
    const shown = rules.filter((it) => wanted === undefined || it.type === wanted);
    if (shown.length === 0) return [];
    return [{ name, file, rules: shown.map(ruleData), interval, limit, ...at(times) }];
  });
}

function ruleData(rule: RuleStatus): object {
  const { type, name, query, labels, annotations, alerts, health, lastError = '' } = rule;
  const common = {
    name,
    query,
    labels,
    health,
    ...(lastError !== '' && { lastError }),
    ...at(rule),
    type,
  };
  if (type === 'recording') return common;
  const state = alerts.some((it) => it.state === 'firing')
    ? 'firing'
    : alerts.length > 0
      ? 'pending'
      : 'inactive';
  return {
    state,
    duration: rule.forSeconds,
    keepFiringFor: rule.keepFiringForSeconds,
    annotations,
    alerts: alertData(alerts),
    ...common,
  };
}

function at({
  evaluationSeconds,
  evaluatedAtMs,
}: Pick<RuleStatus, 'evaluationSeconds' | 'evaluatedAtMs'>): object {
  return { evaluationTime: evaluationSeconds, lastEvaluation: timeText(evaluatedAtMs) };
}

/** A time before the first evaluation is that which Go has for none. */
function timeText(timeMs: number): string {
  return timeMs > 0 ? new Date(timeMs).toISOString() : '0001-01-01T00:00:00Z';
}

/** Returns a value as Go writes it with an exponent: `1e+00`, `2.5e-01`. */
function exponentText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = Object.is(value, -0) ? '-' : '';
  return sign + value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}
