import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { RuleGroup } from '../../lib/alerting/index.js';
import { AlertDrill } from '../e2e/alerting/alert-drill.js';
import { PrometheusJudge } from '../e2e/alerting/prometheus-judge.js';
import { RunningPostgres } from '../system/running-postgres.js';
import { RunningShop } from '../system/running-shop.js';
import { systemProgram } from '../system/system-program.js';

const MINUTES = 10;
const INTERVAL_MS = 15_000;
const SHIPPED = new URL('../../deploy/prometheus/rules.yaml', import.meta.url);

const [prometheus, alertmanager, postgres] = [
  'prometheus',
  'prometheus-alertmanager',
  'postgres',
].map(systemProgram);

/** The shipped rules as they are. */
const { groups } = parse(readFileSync(SHIPPED, 'utf8')) as { groups: readonly RuleGroup[] };

// Needs Debian's prometheus, prometheus-alertmanager and postgresql.
describe.skipIf([prometheus, alertmanager, postgres].includes(undefined))(
  'ten quiet minutes of the shop',
  () => {
    let database: RunningPostgres;
    let shop: RunningShop;
    let drill: AlertDrill<PrometheusJudge>;

    beforeAll(async () => {
      database = await RunningPostgres.start();
      shop = await RunningShop.start({ DATABASE_URL: database.url, TRAFFIC: '10' });
      drill = await AlertDrill.start({
        judge: PrometheusJudge.with({
          prometheus: prometheus as string,
          alertmanager: alertmanager as string,
        }),
        jobs: { shop: { targets: [new URL(shop.url).host] } },
        factor: 1,
        groups,
        intervalMs: INTERVAL_MS,
        timeoutMs: 60_000,
      });
      await drill.scraped(1);
    });

    afterAll(async () => {
      await drill?.stop();
      await shop?.stop();
      await database?.stop();
    });

    it(
      'Only the watchdog fires within ten minutes of traffic, and nothing is pending at the end',
      async () => {
        await pause(MINUTES * 60_000);
        const fired = await drill.judge.query('count by (alertname) (last_over_time(ALERTS[10m]))');
        console.table(fired.map(({ metric, value }) => ({ ...metric, series: value[1] })));
        const firing = 'last_over_time(ALERTS{alertstate="firing"}[10m])';
        const names = (await drill.judge.query(firing)).map(({ metric }) => metric['alertname']);
        expect(names).toEqual(['Watchdog']);
        const active = (await drill.judge.active()).map(({ labels }) => labels['alertname']);
        expect(active).toEqual(['Watchdog']);
        const [calls] = await drill.judge.query('sum(increase(eventcore_commands_total[10m]))');
        expect(Number(calls?.value[1])).toBeGreaterThan(1_000);
      },
      (MINUTES + 2) * 60_000,
    );
  },
);
