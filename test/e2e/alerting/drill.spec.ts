import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertRules } from '../../../lib/alerting/index.js';
import { RunningShop } from '../../system/running-shop.js';
import { systemProgram } from '../../system/system-program.js';
import { AlertDrill, type DrillFigures, type Fault } from './alert-drill.js';
import { PrometheusJudge } from './prometheus-judge.js';

const prometheus = systemProgram('prometheus');
const alertmanager = systemProgram('prometheus-alertmanager');
/** Five minutes become 2.5 seconds: five scrapes. */
const FACTOR = 120;
const INTERVAL_MS = 500;
const FAULTS = { rate: 1 };

// Needs Debian's prometheus and prometheus-alertmanager.
describe.skipIf(prometheus === undefined || alertmanager === undefined)(
  'the alerts on the shop',
  () => {
    let shop: RunningShop;
    let drill: AlertDrill<PrometheusJudge>;

    beforeAll(async () => {
      const settings = { DEMO: 'true', PROGRESS_PERIOD_MS: '500', FAULT_RATE: '0', TRAFFIC: '40' };
      shop = await RunningShop.start(settings);
      drill = await AlertDrill.start({
        judge: PrometheusJudge.with({
          prometheus: prometheus as string,
          alertmanager: alertmanager as string,
        }),
        jobs: { shop: { targets: [new URL(shop.url).host] } },
        factor: FACTOR,
        intervalMs: INTERVAL_MS,
        groups: alertRules({ parameters: { 'ProjectionHeadUnreadable.seconds': 3 } }),
        timeoutMs: 90_000,
      });
    }, 120_000);

    afterAll(async () => {
      await drill?.stop();
      await shop?.kill();
    });

    async function figuresOf(fault: Fault): Promise<DrillFigures> {
      const [figures] = await drill.run('shop', fault);
      for (const step of ['firingSeconds', 'notifiedSeconds', 'resolvedSeconds'] as const)
        expect(figures?.[step], step).toBeDefined();
      return figures as DrillFigures;
    }

    it('A dead head reader and commands that fail raise alerts, and their return resolves them', async () => {
      const reader = (what: string) => shop.post(`/admin/head-reader/${what}`);
      const [unreadable, failing] = await Promise.all([
        figuresOf({
          alerts: ['ProjectionHeadUnreadable'],
          breaks: () => reader('kill'),
          mends: () => reader('revive'),
        }),
        figuresOf({
          alerts: ['CommandErrorRateHigh'],
          breaks: () => shop.post('/admin/faults', FAULTS),
          mends: () => shop.post('/admin/faults', {}),
        }),
      ]);
      expect(unreadable.summary).toMatch(/^The lag of \w+ of shop cannot be measured$/);
      expect(failing.summary).toMatch(/^\w+ of shop fails$/);
    }, 360_000);

    it('A process that hangs raises an alert, and its return resolves it', async () => {
      const { summary } = await figuresOf({
        alerts: ['ApplicationDown'],
        breaks: () => shop.freeze(),
        mends: () => shop.thaw(),
      });
      expect(summary).toMatch(/^shop on localhost:\d+ does not answer its scrape$/);
    }, 360_000);
  },
);
