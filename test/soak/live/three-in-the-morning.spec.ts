import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertRules } from '../../../lib/alerting/index.js';
import { AlertDrill } from '../../e2e/alerting/alert-drill.js';
import { PrometheusJudge } from '../../e2e/alerting/prometheus-judge.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { RunningShop } from '../../system/running-shop.js';
import { systemProgram } from '../../system/system-program.js';
import { slowDown } from './slow-database.js';

const programs = ['chromium', 'prometheus', 'prometheus-alertmanager', 'postgres'];
const [executablePath, prometheus, alertmanager] = programs.map(systemProgram);
/** Folder for pictures of each step, as `scripts/live-story.mjs` sets it. */
const pictures = process.env['LIVE_PICTURES'];
/** Durations of the rules are divided by it: ten minutes take twenty seconds. */
const FACTOR = 30;
const TIMEOUT_MS = 120_000;
const APPEND_SECONDS = 1.5;
const TRACE_ID = /^[0-9a-f]{32}$/;

// Needs Debian's chromium, prometheus, prometheus-alertmanager and postgresql.
describe.skipIf(programs.map(systemProgram).includes(undefined))(
  'a database that becomes slow at three in the morning',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'three-in-the-morning-'));
    const logFile = join(folder, 'shop.log');
    let database: RunningPostgres;
    let shop: RunningShop;
    let drill: AlertDrill<PrometheusJudge>;
    let browser: Browser;
    let page: Page;
    let runbook: string;
    let traceId: string;

    const picture = async (name: string) => {
      if (pictures === undefined) return;
      mkdirSync(pictures, { recursive: true });
      await page.screenshot({ path: join(pictures, `${name}.png`) });
    };

    beforeAll(async () => {
      database = await RunningPostgres.start();
      shop = await RunningShop.start({
        DATABASE_URL: database.url,
        TRAFFIC: '8',
        FAULT_RATE: '0',
        LOG_FILE: logFile,
        PROGRESS_PERIOD_MS: '1000',
      });
      drill = await AlertDrill.start({
        judge: PrometheusJudge.with({
          prometheus: prometheus!,
          alertmanager: alertmanager!,
        }),
        jobs: { shop: { targets: [new URL(shop.url).host] } },
        factor: FACTOR,
        groups: alertRules({
          runbookUrl: `${shop.url}/observability/runbooks/`,
          // A busy machine makes few calls within ten seconds.
          parameters: { 'CommandLatencyHigh.calls': 1 },
        }),
        intervalMs: 1_000,
        timeoutMs: TIMEOUT_MS,
      });
      browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
      page = await browser.newPage({ viewport: { width: 1280, height: 820 } });
    });

    afterAll(async () => {
      await browser?.close();
      await drill?.stop();
      await shop?.stop();
      await database?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    it('The alert fires in Prometheus, and its notification arrives with the address of the runbook', async () => {
      await drill.scraped(3);
      await slowDown(database.url, { table: 'emt_messages', seconds: APPEND_SECONDS });
      const labels = { alertname: 'CommandLatencyHigh', command_type: 'PayOrder' };
      const notified = await drill.notification(labels);
      expect(notified.status).toBe('firing');
      runbook = String(notified.annotations['runbook_url']);
      expect(runbook).toBe(`${shop.url}/observability/runbooks/CommandLatencyHigh`);
    }, 200_000);

    it('The runbook says what to do, and leads to the page, which is locked without its link', async () => {
      await page.goto(runbook);
      expect(await page.locator('h1').innerText()).toContain('CommandLatencyHigh');
      await picture('story-runbook');
      await page.getByRole('link', { name: 'Live page' }).click();
      await expect.poll(() => page.locator('.verdict').innerText()).toMatch(/^Locked\./);
    });

    it('The verdict names the command, and the event store as the cause', async () => {
      await page.goto(await shop.pageLink());
      const verdict = page.locator('.verdict.degraded, .verdict.failing');
      await verdict.waitFor();
      const text = verdict.innerText.bind(verdict);
      await expect
        .poll(text, { timeout: 20_000 })
        .toMatch(/Likely cause: event store append: p95 is (?:over )?\d/);
      expect(await text()).toContain('CommandLatencyHigh');
      await picture('story-verdict');
    });

    it('The row of the command leads to its slowest trace', async () => {
      await page.getByRole('button', { name: 'PayOrder', exact: true }).click();
      const sheet = page.locator('dialog[open]');
      const traces = sheet.getByRole('table', { name: 'Traces' });
      await traces.waitFor();
      await picture('story-command');
      await traces.locator('tr', { hasText: 'slow' }).first().getByRole('link').click();
      await expect.poll(() => sheet.locator('code').first().innerText()).toMatch(TRACE_ID);
      traceId = await sheet.locator('code').first().innerText();
      const spans = await sheet.locator('.span-row').allInnerTexts();
      expect(spans.join('\n')).toMatch(/command PayOrder[\s\S]*event_store append/);
      await picture('story-trace');
    });

    it("The trace id finds exactly that call's lines in the log", async () => {
      await page.getByRole('button', { name: 'Its log lines' }).click();
      const logs = page.locator('#section-logs');
      const links = logs.locator('tr a');
      await expect
        .poll(async () => [...new Set(await Promise.all(await titlesOf(links)))])
        .toEqual([traceId]);
      const shown = await logs.locator('tr').allInnerTexts();
      const written = linesOf(logFile).filter((it) => JSON.stringify(it).includes(traceId));
      expect(written.length).toBeGreaterThan(1);
      expect(shown).toHaveLength(written.length);
      expect(shown.join('\n')).toContain('command_type=PayOrder');
      await picture('story-log');
    });
  },
);

async function titlesOf(links: ReturnType<Page['locator']>) {
  return (await links.all()).map((it) => it.getAttribute('title'));
}

function linesOf(path: string): readonly unknown[] {
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((it) => JSON.parse(it) as unknown);
}
