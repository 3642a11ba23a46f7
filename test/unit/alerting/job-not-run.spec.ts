import { describe, expect, it } from 'vitest';
import { alertRules } from '../../../lib/alerting/index.js';
import { systemProgram } from '../../system/system-program.js';
import { runWith } from './promtool.js';

const promtool = systemProgram('promtool');

/** A job with a period of five minutes, in a process that has run for half an hour. */
function testOf(name: string, lastSuccess: string | undefined, fires: boolean) {
  const job = '{job="shop",instance="shop:1",queue="schedule",exported_job="nightly"}';
  const series = {
    [`eventcore_job_period_seconds${job}`]: '300x30',
    'eventcore_uptime_seconds{job="shop",instance="shop:1"}': '0+60x30',
    'eventcore_uptime_seconds{job="other",instance="other:1"}': '0+60x30',
    ...(lastSuccess !== undefined && {
      [`eventcore_job_last_success_timestamp_seconds${job}`]: lastSuccess,
    }),
  };
  const labels = `ALERTS{alertname="JobNotRun",alertstate="firing",exported_job="nightly",job="shop",queue="schedule",severity="critical"}`;
  return {
    name,
    interval: '1m',
    input_series: Object.entries(series).map(([it, values]) => ({ series: it, values })),
    promql_expr_test: [
      {
        expr: 'ALERTS{alertname="JobNotRun",alertstate="firing"}',
        eval_time: '30m',
        exp_samples: fires ? [{ labels, value: 1 }] : [],
      },
    ],
  };
}

describe('JobNotRun', () => {
  // Needs Debian's prometheus.
  it.skipIf(promtool === undefined)(
    'The alert JobNotRun fires for a job that stopped and for one that never succeeded, and for no other',
    async () => {
      const [group] = alertRules()
        .map((it) => ({
          ...it,
          rules: it.rules.filter((one) => 'alert' in one && one.alert === 'JobNotRun'),
        }))
        .filter(({ rules }) => rules.length > 0);
      const tests = [
        testOf('it stopped', '0x30', true),
        testOf('it never succeeded', undefined, true),
        testOf('it succeeds', '0+60x30', false),
      ];
      const files = {
        'rules.yaml': JSON.stringify({ groups: [group] }),
        'tests.yaml': JSON.stringify({
          rule_files: ['rules.yaml'],
          evaluation_interval: '1m',
          tests,
        }),
      };
      const said = await runWith(files, promtool as string, ['test', 'rules', 'tests.yaml']);
      expect(said).toContain('SUCCESS');
    },
  );
});
