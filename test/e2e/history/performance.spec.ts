import { Injectable } from '@nestjs/common';
import { afterEach, expect, it } from 'vitest';
import { Command, ObservabilityModule } from '../../../lib/index.js';
import { history, performance, PerformanceMonitor } from '../../../lib/query/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { poll } from '../../system/poll.js';
import { RunningApplication } from '../module/running-application.js';

let application: RunningApplication | undefined;

afterEach(async () => {
  await application?.close();
  application = undefined;
});

@Injectable()
class Orders {
  @Command('PlaceOrder')
  async place(isFailing: boolean): Promise<void> {
    await Promise.resolve();
    if (isFailing) throw new Error('no stock');
  }
}

it('A service in which half of the commands fail has a low health score, on /metrics and with its reason on /health', async () => {
  application = await RunningApplication.start({
    imports: [
      ObservabilityModule.forRoot({
        plugins: [history({ intervalMs: 1_000 }), performance({ intervalMs: 100 })],
      }),
    ],
    providers: [Orders],
  });
  const { app } = application;
  const orders = app.get(Orders);
  const work = async () => {
    for (let i = 0; i < 20; i++) await orders.place(i % 2 === 0).catch(() => undefined);
  };
  const scrape = async () => (await application!.get('/metrics')).text;
  expect(await scrape()).not.toContain('eventcore_health_score_ratio 0');
  const found = async () => {
    await work();
    // Read in the background: the first answers know no score.
    const { details } = JSON.parse((await application!.get('/health')).text);
    return details.performance.score === undefined ? undefined : details.performance;
  };
  expect(await poll(found, { what: 'a score', timeoutMs: 20_000 })).toMatchObject({
    status: 'degraded',
    score: 0,
    reason: expect.stringMatching(/^0: command_errors 0\b/),
  });
  expect(sampleOf(await scrape(), 'eventcore_health_score_ratio')).toBe(0);
  const { commandsPerSecond, errorRatio } = await app.get(PerformanceMonitor).snapshot();
  expect(commandsPerSecond).toBeGreaterThan(0);
  expect(errorRatio).toBeCloseTo(0.5, 6);
  const text = await scrape();
  expect(
    sampleOf(text, 'eventcore_capacity_utilization_ratio', { resource: 'heap' }),
  ).toBeGreaterThan(0);
});

it('The plugin performance() without history() stops the start and names it', async () => {
  const { forRoot } = ObservabilityModule;
  expect(() => forRoot.call(ObservabilityModule, { plugins: [performance()] })).toThrow(
    /performance.*requires the plugin history/s,
  );
});
