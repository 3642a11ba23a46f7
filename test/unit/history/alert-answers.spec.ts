import { describe, expect, it } from 'vitest';
import { alertData, groupData } from '../../../lib/history/api/alert-answers.js';
import type { CurrentAlert, RuleGroupStatus } from '../../../lib/kernel/alert-port.js';

const alert: CurrentAlert = {
  name: 'Slow',
  state: 'firing',
  labels: { alertname: 'Slow', severity: 'warning' },
  annotations: { summary: 'Slow' },
  severity: 'warning',
  value: 0.25,
  activeAtMs: Date.UTC(2026, 0, 1),
  silencedBy: [],
  isInhibited: false,
};
const common = { labels: {}, annotations: {}, forSeconds: 60, keepFiringForSeconds: 0 };
const ran = { evaluationSeconds: 0.002, evaluatedAtMs: Date.UTC(2026, 0, 1, 0, 5) };
const group: RuleGroupStatus = {
  name: 'shop',
  file: 'rules.yaml',
  intervalSeconds: 15,
  limit: 10,
  ...ran,
  rules: [
    {
      type: 'alerting',
      name: 'Slow',
      query: 'a > 1',
      alerts: [alert],
      health: 'ok',
      ...common,
      ...ran,
    },
    {
      type: 'recording',
      name: 'a:b',
      query: 'sum(a)',
      alerts: [],
      health: 'err',
      lastError: 'no',
      ...common,
      evaluationSeconds: 0,
      evaluatedAtMs: 0,
    },
  ],
};
const time = '2026-01-01T00:05:00.000Z';

describe('alerts in the form of the HTTP API of Prometheus', () => {
  it('An alert has its state, the time it began and its value with an exponent', () => {
    expect(alertData([alert])).toEqual([
      {
        labels: { alertname: 'Slow', severity: 'warning' },
        annotations: { summary: 'Slow' },
        state: 'firing',
        activeAt: '2026-01-01T00:00:00.000Z',
        value: '2.5e-01',
      },
    ]);
  });

  it.each([
    [1, '1e+00'],
    [-0, '-0e+00'],
    [1.5e300, '1.5e+300'],
    [1_234_567, '1.234567e+06'],
    [Number.NaN, 'NaN'],
    [-Infinity, '-Inf'],
  ])('The value %d is written as %s', (value, text) => {
    expect(alertData([{ ...alert, value }])).toMatchObject([{ value: text }]);
  });

  it('A group has its rules with their state, the failed ones with their error', () => {
    const [answer] = groupData([group], '');
    expect(answer).toMatchObject({
      name: 'shop',
      file: 'rules.yaml',
      interval: 15,
      limit: 10,
      lastEvaluation: time,
    });
    expect(answer).toMatchObject({
      rules: [
        {
          type: 'alerting',
          name: 'Slow',
          state: 'firing',
          duration: 60,
          keepFiringFor: 0,
          health: 'ok',
          evaluationTime: 0.002,
        },
        {
          type: 'recording',
          name: 'a:b',
          health: 'err',
          lastError: 'no',
          lastEvaluation: '0001-01-01T00:00:00Z',
        },
      ],
    });
  });

  it('The parameter type selects rules, and groups without such a rule are left out', () => {
    expect(groupData([group], 'record')).toMatchObject([{ rules: [{ name: 'a:b' }] }]);
    const recording = { ...group, rules: group.rules.slice(1) };
    expect(groupData([recording], 'alert')).toEqual([]);
  });
});
