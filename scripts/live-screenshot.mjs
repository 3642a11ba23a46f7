// Takes the picture of the live page in the README from the running shop: `node scripts/live-screenshot.mjs [MINUTES]`. It
// needs a build of the library and of the shop, and Chromium.
import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('..', import.meta.url));
const picture = join(root, 'docs/images/live-page.png');
const minutes = Number(process.argv[2] ?? 3);
const settings = { PORT: '0', TRAFFIC: '6', FAULT_RATE: '0.02', DEMO: 'true' };

const shop = spawn(process.execPath, ['sample/02-shop/dist/main.js'], {
  cwd: root,
  env: { ...process.env, ...settings },
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const link = await linkOf(shop);
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
  const page = await browser.newPage({ viewport: { width: 1280, height: 820 } });
  await page.goto(link);
  await pause(minutes * 60_000);
  mkdirSync(dirname(picture), { recursive: true });
  await page.screenshot({ path: picture });
  await browser.close();
} finally {
  shop.kill();
}

async function linkOf({ stdout }) {
  for await (const line of createInterface(stdout)) {
    const [link] = /http:\S+#link=\S+/.exec(line) ?? [];
    if (link === undefined) continue;
    stdout.resume();
    return link;
  }
  throw new Error('the shop has printed no link');
}
