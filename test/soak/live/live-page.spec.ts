import { Injectable } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Command, ObservabilityModule } from '../../../lib/index.js';
import { LivePage, livePage } from '../../../lib/live/index.js';
import { history } from '../../../lib/query/index.js';
import { EventStream } from '../../e2e/live/event-stream.js';
import { RunningApplication } from '../../e2e/module/running-application.js';

const COMMANDS = 60;
const CALL_MS = 20;
const SERIES = 1_200;
const MOST_FRAME_BYTES = 4_096;
/** Frames of 25 minutes in two: half a second in place of two. */
const MINUTES = Number(process.env['LIVE_MINUTES'] ?? 2);

@Injectable()
class Shop {
  @Command({ name: 'PayOrder' })
  pay(): void {}
}

let application: RunningApplication;
let cookie: string;
let calling: NodeJS.Timeout;

beforeAll(async () => {
  application = await RunningApplication.start({
    imports: [
      ObservabilityModule.forRoot({
        serviceName: 'shop',
        plugins: [history(), livePage({ intervalMs: 500 })],
      }),
    ],
    providers: [Shop],
  });
  const { service } = application;
  let turn = 0;
  calling = setInterval(() => {
    for (let i = 0; i < 3; i++) {
      const call = service.startCommand(`Command${turn++ % COMMANDS}`);
      if (turn % 17 === 0) call.fail(new TypeError('no'));
      else call.succeed();
    }
  }, CALL_MS);
  const filler = service.gauge({ name: 'filler', help: 'More series.', labels: ['n'] });
  for (let i = 0; i < 1_000; i++) filler.labels({ n: String(i) }).set(i);
  const hash = new URL(application.app.get(LivePage).link(application.url)).hash;
  const answer = await fetch(`${application.url}/observability/session`, {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin', 'x-live-link': hash.replace('#link=', '') },
  });
  cookie = String(answer.headers.get('set-cookie')).split(';')[0] ?? '';
});

afterAll(async () => {
  clearInterval(calling);
  await application.close();
});

describe('a live page that stays open', () => {
  it('Frames stay small at 1,200 series, and the memory of the service is flat', async () => {
    const series = application.service
      .snapshot()
      .metrics.flatMap(({ blocks }) => blocks)
      .reduce((sum, it) => sum + it.labelSets.length, 0);
    expect(series).toBeGreaterThan(SERIES - 100);
    const stream = await EventStream.open(`${application.url}/observability/stream`, { cookie });
    const { data: first } = await stream.next('state');
    const sizes: number[] = [];
    const heaps: number[] = [];
    const endMs = Date.now() + MINUTES * 60_000;
    while (Date.now() < endMs) {
      const { data } = await stream.next('changes');
      sizes.push(JSON.stringify(data).length);
      if (sizes.length % 20 !== 0) continue;
      globalThis.gc?.();
      heaps.push(process.memoryUsage().heapUsed);
    }
    stream.close();
    // The first frames bring the rows.
    const steady = sizes.slice(sizes.length >> 1).toSorted((a, b) => a - b);
    const [median, most] = [steady[steady.length >> 1], steady.at(-1)];
    console.log({ series, full: JSON.stringify(first).length, median, most });
    expect(most).toBeLessThan(MOST_FRAME_BYTES);
    // The history itself grows by what it records.
    const quarter = Math.max(1, heaps.length >> 2);
    const early = Math.max(...heaps.slice(quarter, 2 * quarter));
    const late = Math.min(...heaps.slice(-quarter));
    expect(late - early).toBeLessThan(16_000_000);
  }, 600_000);
});
