import pg from 'pg';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../system/free-port.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { RunningShop } from '../../system/running-shop.js';
import { systemProgram } from '../../system/system-program.js';

const programs = ['chromium', 'postgres'];
const executablePath = systemProgram('chromium');
/** Two frames of the page, the time between two looks at the head, and that of a machine that is busy. */
const SOON = { timeout: 15_000 };

// Needs Debian's chromium and postgresql.
describe.skipIf(programs.map(systemProgram).includes(undefined))(
  'faults of the shop on its page',
  () => {
    let database: RunningPostgres;
    let shop: RunningShop;
    let browser: Browser;
    let page: Page;
    let port: number;

    const start = () =>
      RunningShop.start({
        PORT: String(port),
        DATABASE_URL: database.url,
        TRAFFIC: '5',
        FAULT_RATE: '0',
        DEMO: 'true',
        PROGRESS_PERIOD_MS: '500',
      });
    const projection = (name: string) =>
      page.locator('#section-projections tr', { hasText: name }).innerText();

    beforeAll(async () => {
      database = await RunningPostgres.start();
      port = await freePort();
      shop = await start();
      browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
      page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      await page.goto(await shop.pageLink());
      await page.getByRole('button', { name: 'PlaceOrder' }).waitFor();
    });

    afterAll(async () => {
      await browser?.close();
      await shop?.stop();
      await database?.stop();
    });

    it('Every handler, projection, pool and check of /metrics has a row', async () => {
      const text = await shop.metrics();
      const valuesOf = (metric: string, label: string) => {
        const found = text.matchAll(
          new RegExp(`^eventcore_${metric}\\{.*?${label}="([^"]+)"`, 'gm'),
        );
        return [...new Set([...found].map(([, value]) => value!))];
      };
      const parts = [
        ['commands', valuesOf('commands_total', 'command_type')],
        ['queries', valuesOf('queries_total', 'query_type')],
        ['operations', valuesOf('event_store_operations_total', 'operation')],
        ['projections', valuesOf('projection_state', 'projection_name')],
        ['health', valuesOf('connection_pool_size', 'pool').map((it) => `pool ${it}`)],
        ['health', valuesOf('health_check_status', 'check')],
      ] as const;
      for (const [part, names] of parts) {
        expect(names.length, part).toBeGreaterThan(0);
        const rows = () => page.locator(`#section-${part} th[scope=row]`).allInnerTexts();
        await expect.poll(rows, SOON).toEqual(expect.arrayContaining(names));
      }
    });

    it('A head reader that is killed makes lags unknown, with its error and since when', async () => {
      await shop.post('/admin/head-reader/kill');
      const row = () => projection('daily_revenue');
      await expect
        .poll(row, SOON)
        .toMatch(/unknown[\s\S]*head not readable: Error since \d\d:\d\d/);
      await expect.poll(() => page.locator('.verdict').innerText(), SOON).toContain('lag unknown');
      await shop.post('/admin/head-reader/revive');
      await expect.poll(row, SOON).not.toMatch(/unknown|not readable/);
    });

    it('A projection that is paused says so, and goes on', async () => {
      await shop.post('/admin/projections/daily_revenue/pause');
      const row = () => projection('daily_revenue');
      await expect.poll(row, SOON).toMatch(/paused[\s\S]*events wait/);
      await shop.post('/admin/projections/daily_revenue/resume');
      await expect.poll(row, SOON).toMatch(/live|catching up/);
    });

    it('A projection that is rebuilt says how far it is, and is live again at its end', async () => {
      const rebuilt = '/admin/projections/order_summary';
      await shop.post(`${rebuilt}/pause`);
      await shop.post(`${rebuilt}/rebuild`);
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      try {
        // Others read the table, and write to it no more.
        await client.query('BEGIN; LOCK TABLE order_summary IN SHARE ROW EXCLUSIVE MODE');
        await shop.post(`${rebuilt}/resume`);
        const row = () => projection('order_summary');
        await expect.poll(row, SOON).toMatch(/rebuilding[\s\S]*\d+(?:\.\d+)? %/);
        await client.query('COMMIT');
        await expect.poll(row, SOON).toMatch(/live|catching up/);
      } finally {
        await client.end();
      }
    });

    it('A database that is down fails its check, and the page says so and when it is back', async () => {
      await database.shutDown();
      const check = page.locator('#section-health tr', { hasText: /^event_store/ });
      await expect.poll(() => check.innerText(), SOON).toContain('down');
      await expect.poll(() => page.locator('.verdict').innerText(), SOON).toMatch(/^Failing\./);
      await database.startAgain();
      await expect.poll(() => check.innerText(), { timeout: 60_000 }).toContain('up');
    });

    it('A shop that ends says so on the page, which comes back with the next one', async () => {
      await shop.stop();
      await page.locator('.updated.bye').waitFor();
      expect(await page.locator('.updated').innerText()).toMatch(/^shut down at \d\d:\d\d:\d\d/);
      shop = await start();
      await page.locator('.updated.live').waitFor({ timeout: 60_000 });
      await page.getByRole('button', { name: 'PlaceOrder' }).waitFor();
    });
  },
);
