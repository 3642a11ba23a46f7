import { createServer, request as send, type Server } from 'node:http';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { Injectable } from '@nestjs/common';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alerting, AlertEngine } from '../../../lib/alerting/index.js';
import { Command, ObservabilityModule, type ObservabilityPlugin } from '../../../lib/index.js';
import { LivePage, livePage } from '../../../lib/live/index.js';
import { logging, ObservabilityLogger } from '../../../lib/logging/index.js';
import { history } from '../../../lib/query/index.js';
import { systemProgram } from '../../system/system-program.js';
import { RunningApplication } from '../module/running-application.js';

const executablePath = systemProgram('chromium');
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const HOSTILE = [
  '<script>window.hacked = true</script>',
  '<img src=x onerror="window.hacked = true">',
  '\u202Egnitirw \u2067tfel\u2069',
  'x'.repeat(10_000),
];

@Injectable()
class Shop {
  @Command({ name: 'PayOrder' })
  pay(fails: boolean): void {
    if (fails) throw new TypeError('no bank');
  }
}

const start = (plugins: readonly ObservabilityPlugin[] = []) =>
  RunningApplication.start({
    imports: [
      ObservabilityModule.forRoot({
        serviceName: 'shop',
        plugins: [
          history({ intervalMs: 1_000 }),
          logging({ sinks: [], store: true }),
          livePage({ intervalMs: 500, allowActions: true }),
          ...plugins,
        ],
      }),
    ],
    providers: [Shop],
  });

/** Stands for the address that a browser keeps while the service behind it restarts. */
class Gateway {
  target = '';
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const { method, headers, url = '' } = request;
      const forwarded = send(this.target + url, { method, headers, agent: false }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.on('error', () => response.destroy());
        answer.pipe(response);
      });
      forwarded.on('error', () => response.destroy());
      response.on('close', () => forwarded.destroy());
      request.pipe(forwarded);
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((done) => this.#server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

describe.skipIf(executablePath === undefined)('the live page in Chromium', () => {
  const gateway = new Gateway();
  const foreign: string[] = [];
  const complaints: string[] = [];
  let application: RunningApplication;
  let browser: Browser;
  let page: Page;
  let address: string;

  beforeAll(async () => {
    application = await start();
    const { app, service } = application;
    const shop = app.get(Shop);
    for (let i = 0; i < 30; i++) {
      try {
        shop.pay(i % 3 === 0);
      } catch {
        // A third of the calls fails.
      }
    }
    for (const it of HOSTILE) service.startCommand(it).succeed();
    app.get(ObservabilityLogger).error('<b>bold</b>', { html: HOSTILE[1] });
    service.registerPool('pg', () => ({ size: 4, available: 1, maxSize: 10, pending: 0 }));
    gateway.target = application.url;
    address = await gateway.open();
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.on('console', (it) => {
      if (it.type() === 'error') complaints.push(it.text());
    });
    page.on('pageerror', (it) => complaints.push(it.message));
    page.on('request', (it) => {
      if (new URL(it.url()).protocol !== 'data:' && !it.url().startsWith(address))
        foreign.push(it.url());
    });
    await page.goto(app.get(LivePage).link(address));
    await page.getByRole('button', { name: 'PayOrder' }).waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await application?.close();
    gateway.close();
  });

  it('The verdict names what fails, and a link leads to the runbook', async () => {
    const verdict = page.locator('.verdict.failing');
    await verdict.waitFor();
    const text = await verdict.innerText();
    expect(text).toMatch(/^Failing\. PayOrder: 33\.3 % fail/);
    expect(text).toContain('most often with TypeError');
    const runbook = page.getByRole('link', { name: 'runbook' }).first();
    expect(await runbook.getAttribute('href')).toBe('./runbooks/CommandErrorRateHigh');
  });

  it('The secret of the link is gone from the address', () => {
    expect(new URL(page.url()).hash).toBe('');
  });

  it('Numbers are those of /metrics', async () => {
    const { text } = await application.get('/metrics');
    const value = (metric: string) =>
      Number(
        new RegExp(`^eventcore_connection_pool_${metric}\\{.*pool="pg".*\\} (\\d+)$`, 'm').exec(
          text,
        )?.[1],
      );
    const used = value('size') - value('available');
    const row = page.locator('#section-health tr', { hasText: 'pool pg' });
    expect(await row.innerText()).toContain(`${used} of ${value('max_size')}`);
    const failed = Number(
      /^eventcore_command_errors_total\{.*command_type="PayOrder".*\} (\d+)$/m.exec(text)?.[1],
    );
    const errors = page.locator('#section-errors tr', { hasText: 'TypeError' });
    await expect.poll(() => errors.innerText()).toContain(`${failed} ×`);
  });

  it('Labels and log lines that are HTML, right-to-left or long are text', async () => {
    const names = await page.locator('#section-commands .name').allInnerTexts();
    expect(names).toEqual(expect.arrayContaining(HOSTILE.slice(0, 3)));
    const logs = page.locator('#section-logs');
    await logs.scrollIntoViewIfNeeded();
    await logs.getByText('<b>bold</b>').first().waitFor();
    expect(await page.evaluate('window.hacked')).toBeUndefined();
    const width = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(width)).toBe(0);
  });

  it('A row opens its latency and its error types, and Escape gives the focus back', async () => {
    await page.getByRole('button', { name: 'PayOrder' }).focus();
    await page.keyboard.press('Enter');
    const sheet = page.locator('dialog[open]');
    await sheet.getByRole('img', { name: /30 calls by duration/ }).waitFor();
    expect(await sheet.locator('canvas').count()).toBe(3);
    expect(new URL(page.url()).hash).toBe('#command=PayOrder');
    await page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('PayOrder');
    expect(new URL(page.url()).hash).toBe('');
  });

  it('A question in PromQL is answered with a chart, and a wrong one with its fault', async () => {
    const ask = page.locator('#section-ask');
    await ask.getByRole('textbox').fill('sum(eventcore_commands_total)');
    await ask.getByRole('button', { name: 'Run' }).click();
    await ask.getByText('1 series').waitFor();
    await ask.locator('canvas').waitFor();
    await ask.getByRole('textbox').fill('sum(');
    await ask.getByRole('textbox').press('Enter');
    await ask.getByText(/unexpected end|parse error|expected/i).waitFor();
    expect(await ask.locator('canvas').isVisible()).toBe(false);
  });

  it.each(['light', 'dark'] as const)('Nobody is kept out by the %s page', async (colorScheme) => {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(AXE);
    const serious = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: {
          run(): Promise<{
            violations: { id: string; impact: string; nodes: { html: string }[] }[];
          }>;
        };
      };
      const { violations } = await axe.run();
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => [id, nodes[0]?.html]);
    });
    expect(serious).toEqual([]);
  });

  it('At 360 pixels nothing is wider than the page but tables, which scroll', async () => {
    await page.setViewportSize({ width: 360, height: 800 });
    const width = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
    expect(await page.evaluate(width)).toBe(0);
    await page.setViewportSize({ width: 1280, height: 900 });
  });

  it('Pause stops all updates, and goes on', async () => {
    const pause = page.getByRole('button', { name: 'Pause' });
    await pause.click();
    expect(await page.locator('.updated').innerText()).toMatch(/^paused at/);
    await expect.poll(() => application.app.get(LivePage).viewers).toBe(0);
    await page.getByRole('button', { name: 'Go on' }).click();
    await page.locator('.updated.live').waitFor();
  });

  it('The page asks nobody else, and breaks no rule of its policy', () => {
    expect(foreign).toEqual([]);
    // The wrong question is answered with 400, which the console says.
    expect(complaints.filter((it) => !it.includes('400'))).toEqual([]);
  });

  it('An alert of the engine fires on the page, and its button silences it for an hour', async () => {
    const rule = {
      name: 'OrdersFail',
      query: 'sum by (command_type) (eventcore_command_errors_total) > 0',
      severity: 'critical',
    };
    const alerted = await start([alerting({ shipped: false, rules: [rule], intervalMs: 1_000 })]);
    const own = await browser.newPage();
    try {
      const shop = alerted.app.get(Shop);
      expect(() => shop.pay(true)).toThrow('no bank');
      await own.goto(alerted.app.get(LivePage).link(alerted.url));
      const reason = own.locator('.verdict li', { hasText: 'OrdersFail' });
      await expect.poll(() => reason.innerText()).toMatch(/PayOrder.* · firing · since /);
      await reason.getByRole('button', { name: 'silence 1 h' }).click();
      await own.getByText('Silenced for an hour.').waitFor();
      await expect.poll(() => reason.innerText()).toMatch(/ · silenced · since /);
      expect(await reason.getByRole('button').count()).toBe(0);
      const [silence] = alerted.app.get(AlertEngine).silences();
      expect(silence).toMatchObject({ state: 'active', createdBy: 'live page' });
      expect(silence?.matchers).toContainEqual({
        name: 'command_type',
        operator: '=',
        value: 'PayOrder',
      });
      const forMs = (silence?.endsAtMs ?? 0) - (silence?.startsAtMs ?? 0);
      expect(Math.abs(forMs - 3_600_000)).toBeLessThan(60_000);
    } finally {
      await own.close();
      await alerted.close();
    }
  });

  it('When the service stops, the page says so, and comes back with the next process', async () => {
    await application.close();
    await page.locator('.updated.bye').waitFor();
    expect(await page.locator('.updated').innerText()).toMatch(/^shut down at \d\d:\d\d:\d\d/);
    application = await start();
    gateway.target = application.url;
    await page.locator('.updated.live').waitFor();
    await expect.poll(() => page.locator('.verdict').innerText()).toMatch(/^Idle\./);
  });
});
