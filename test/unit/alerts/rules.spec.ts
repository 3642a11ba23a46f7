import { describe, expect, it } from 'vitest';
import { alertRules } from '../../../lib/alerting/index.js';
import { readGroups } from '../../../lib/alerts/rules/rule-groups.js';

const read = (...rules: object[]) =>
  readGroups({
    subject: 'rules.yaml',
    file: 'rules.yaml',
    value: { groups: [{ name: 'a', rules }] },
  });
const problemsOf = (...rules: object[]) =>
  read(...rules).problems.map(({ subject, rule }) => `${subject} ${rule}`);

describe('rule files of Prometheus', () => {
  it('The shipped alerts are read without a problem, with their times and templates', () => {
    const { groups, problems } = readGroups({
      subject: '',
      file: '',
      value: { groups: alertRules({ runbookUrl: 'https://shop.example' }) },
    });
    expect(problems).toEqual([]);
    const stalled = groups
      .flatMap(({ rules }) => rules)
      .find(({ name }) => name === 'ProjectionStalled');
    expect(stalled).toMatchObject({ type: 'alerting', forMs: 120_000, keepFiringForMs: 300_000 });
  });

  it('A group has its interval, limit, offset and labels', () => {
    const rule = { record: 'a:b', expr: 'sum(a)', labels: { own: 1, team: 'x' } };
    const group = {
      name: 'a',
      interval: '1m',
      limit: 3,
      query_offset: '30s',
      labels: { team: 'y', zone: 'z' },
      rules: [rule],
    };
    const { groups, problems } = readGroups({ subject: '', file: '', value: { groups: [group] } });
    expect(problems).toEqual([]);
    expect(groups).toMatchObject([
      {
        intervalMs: 60_000,
        limit: 3,
        queryOffsetMs: 30_000,
        rules: [{ type: 'recording', name: 'a:b', labels: { team: 'x', zone: 'z', own: '1' } }],
      },
    ]);
  });

  it.each([
    [{ alert: 'A', expr: 'sum(' }, /groups\[0\]\.rules\[0\]\.expr is no valid PromQL/],
    [{ alert: 'A', expr: 'a[5m]' }, /\.expr must give an instant vector or a scalar/],
    [{ alert: 'A', record: 'b', expr: 'a' }, /rules\[0\] must have either record or alert/],
    [{ expr: 'a' }, /must have either record or alert/],
    [{ alert: 'A', expr: 'a', for: '5 minutes' }, /\.for must be a duration/],
    [{ alert: 'A', expr: 'a', fro: '5m' }, /\.fro is not a field/],
    [
      { alert: 'A', expr: 'a', annotations: { summary: '{{ query "sum(" }}' } },
      /annotations\.summary is no template .*query has invalid PromQL/,
    ],
    [{ alert: 'A', expr: 'a', labels: { 'a-b': 'c' } }, /labels\.a-b is no valid name/],
    [{ alert: 'A', expr: 'a', labels: { __name__: 'c' } }, /is no valid name/],
    [{ record: 'a b', expr: 'a' }, /\.record must be a valid metric name/],
    [{ record: 'a', expr: 'a', for: '5m' }, /\.for is for alerts only/],
    [{ alert: '  ', expr: 'a' }, /\.alert must be a text/],
  ])('The rule %j stops the start', (rule, problem) => {
    expect(problemsOf(rule)).toEqual([expect.stringMatching(problem)]);
  });

  it('All problems are found together, and two groups of one name are one of them', () => {
    const wrong = { alert: 'A', expr: ')', for: 'x', colour: 1 };
    expect(problemsOf(wrong, wrong)).toHaveLength(6);
    const groups = [
      { name: 'a', rules: [] },
      { name: 'a', rules: [] },
    ];
    const { problems } = readGroups({ subject: '', file: '', value: { groups } });
    expect(problems).toMatchObject([
      { subject: 'groups[1].name', rule: 'must be unique in its file' },
    ]);
  });
});
