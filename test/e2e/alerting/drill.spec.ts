import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RunningShop } from '../../system/running-shop.js';
import { systemProgram } from '../../system/system-program.js';
import { AlertDrill } from './alert-drill.js';

const prometheus = systemProgram('prometheus');
const alertmanager = systemProgram('prometheus-alertmanager');
/** Five minutes become five seconds: four scrapes and more. */
const FACTOR = 60;

// Needs Debian's prometheus and prometheus-alertmanager.
describe.skipIf(prometheus === undefined || alertmanager === undefined)(
  'the alerts on the shop',
  () => {
    let shop: RunningShop;
    let drill: AlertDrill;

    beforeAll(async () => {
      shop = await RunningShop.start({ DEMO: 'true', PROGRESS_PERIOD_MS: '500', FAULT_RATE: '0' });
      drill = await AlertDrill.start({
        prometheus: prometheus as string,
        alertmanager: alertmanager as string,
        targets: [new URL(shop.url).host],
        factor: FACTOR,
        alerts: { parameters: { 'ProjectionHeadUnreadable.seconds': 3 } },
      });
    }, 120_000);

    afterAll(async () => {
      await drill?.stop();
      await shop?.kill();
    });

    it('A head reader that fails raises an alert, and its return resolves it', async () => {
      const order = (what: string) =>
        fetch(`${shop.url}/admin/head-reader/${what}`, { method: 'POST' });
      const figures = await drill.run('ProjectionHeadUnreadable', {
        breaks: () => order('kill'),
        mends: () => order('revive'),
      });
      expect(figures.text).toMatch(/^The lag of \w+ of shop cannot be measured$/);
    }, 180_000);

    it('A process that ends raises an alert, and a process in its place resolves it', async () => {
      const port = new URL(shop.url).port;
      const figures = await drill.run('ApplicationDown', {
        breaks: () => shop.kill(),
        mends: async () => {
          shop = await RunningShop.start({ PORT: port, FAULT_RATE: '1', TRAFFIC: '40' });
        },
      });
      expect(figures.text).toMatch(/^shop on localhost:\d+ does not answer its scrape$/);
    }, 180_000);

    it('Commands that fail raise an alert, and commands that succeed resolve it', async () => {
      const port = new URL(shop.url).port;
      const figures = await drill.run('CommandErrorRateHigh', {
        breaks: () => undefined,
        mends: async () => {
          await shop.kill();
          shop = await RunningShop.start({ PORT: port, FAULT_RATE: '0', TRAFFIC: '40' });
        },
      });
      expect(figures.text).toMatch(/^\w+ of shop fails$/);
    }, 180_000);
  },
);
