import { Logger } from '@nestjs/common';
import CircuitBreaker from 'opossum';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ObservabilityModule, type ObservabilityOptions } from '../../../lib/index.js';
import { RunningApplication } from '../module/running-application.js';
import { breakerSeries, seriesOf } from './breaker-series.js';

Logger.overrideLogger(false);

const RESET_MS = 1_000;
const EVENTS = ['open', 'halfOpen', 'close', 'reject', 'shutdown'];

let isDown = true;
const application: { running?: RunningApplication } = {};
const breakers: CircuitBreaker[] = [];

function breakerOf(name?: string): CircuitBreaker<[], string> {
  const options = { resetTimeout: RESET_MS, timeout: false as const, volumeThreshold: 1 };
  const action = [
    async () => {
      if (isDown) throw new Error('down');
      return 'answer';
    },
  ];
  const breaker = new CircuitBreaker(action[0]!, { ...options, ...(name && { name }) });
  breakers.push(breaker as never);
  return breaker;
}

async function startWith(
  providers: Record<string, unknown>,
  options: ObservabilityOptions = {},
): Promise<RunningApplication> {
  application.running = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot(options)],
    providers: Object.entries(providers).map(([provide, useValue]) => ({ provide, useValue })),
  });
  return application.running;
}

beforeEach(() => {
  isDown = true;
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] });
});

afterEach(async () => {
  vi.useRealTimers();
  await application.running?.close();
  for (const it of breakers.splice(0)) it.shutdown();
});

describe('a breaker of opossum', () => {
  it('A breaker of opossum opens, tries, opens again and closes, and counts what it refuses', async () => {
    const breaker = breakerOf('payments');
    const { service } = await startWith({ PAYMENTS: breaker });
    expect(breakerSeries(service)).toEqual(seriesOf('payments', { state: 0 }));

    await expect(breaker.fire()).rejects.toThrow('down');
    expect(breakerSeries(service)).toEqual(seriesOf('payments', { state: 1, open: 1 }));
    for (let i = 0; i < 3; i++) await expect(breaker.fire()).rejects.toThrow('Breaker is open');
    expect(breakerSeries(service)).toEqual(seriesOf('payments', { state: 1, open: 1, refused: 3 }));

    vi.advanceTimersByTime(RESET_MS);
    expect(breakerSeries(service)).toEqual(
      seriesOf('payments', { state: 0.5, open: 1, half_open: 1, refused: 3 }),
    );
    await expect(breaker.fire()).rejects.toThrow('down');
    expect(breakerSeries(service)).toEqual(
      seriesOf('payments', { state: 1, open: 2, half_open: 1, refused: 3 }),
    );

    vi.advanceTimersByTime(RESET_MS);
    isDown = false;
    expect(await breaker.fire()).toBe('answer');
    expect(breakerSeries(service)).toEqual(
      seriesOf('payments', { state: 0, open: 2, half_open: 2, closed: 1, refused: 3 }),
    );
  });

  it('A breaker of opossum that is shut down has no series any more', async () => {
    const breaker = breakerOf('payments');
    const { service } = await startWith({ PAYMENTS: breaker });
    await expect(breaker.fire()).rejects.toThrow('down');
    breaker.shutdown();
    expect(breakerSeries(service)).toEqual({});
    service.registerCircuitBreaker('payments', breakerOf());
    expect(breakerSeries(service)).toEqual(seriesOf('payments', { state: 0 }));
  });

  it('A breaker of opossum that lost its listeners is found shut down by the next snapshot', async () => {
    const breaker = breakerOf('payments');
    const { service } = await startWith({ PAYMENTS: breaker });
    breaker.removeAllListeners();
    breaker.open();
    expect(breakerSeries(service)).toEqual(seriesOf('payments', { state: 1, open: 1 }));
    breaker.shutdown();
    expect(breakerSeries(service)).toEqual({});
    expect(breakerSeries(service)).toEqual({});
  });

  it('A breaker of opossum keeps the name that it was registered with', async () => {
    const breaker = breakerOf('payments');
    const { service } = await startWith({ PAYMENTS: breaker });
    Object.defineProperty(breaker, 'name', { value: 'renamed' });
    breaker.open();
    expect(breakerSeries(service)).toEqual(seriesOf('payments', { state: 1, open: 1 }));
  });

  it('A breaker of opossum without a name has that of its provider, and the second of a name a number', async () => {
    const providers = { SHIPPING: breakerOf(), A: breakerOf('payments'), B: breakerOf('payments') };
    const { service } = await startWith(providers);
    providers.B.open();
    expect(breakerSeries(service)).toEqual({
      ...seriesOf('SHIPPING', { state: 0 }),
      ...seriesOf('payments', { state: 0 }),
      ...seriesOf('payments_2', { state: 1, open: 1 }),
    });
  });

  it('A breaker of opossum is left out or renamed by the options', async () => {
    const providers = { A: breakerOf('payments'), B: breakerOf('shipping') };
    const { service } = await startWith(providers, {
      circuitBreakers: { exclude: ['payments'], names: { shipping: 'parcels' } },
    });
    expect(breakerSeries(service)).toEqual(seriesOf('parcels', { state: 0 }));
  });

  it.each<ObservabilityOptions>([{ circuitBreakers: false }, { enabled: false }])(
    'A breaker of opossum is not observed with %j',
    async (options) => {
      const breaker = breakerOf('payments');
      const before = EVENTS.map((it) => breaker.listenerCount(it));
      const { service } = await startWith({ PAYMENTS: breaker }, options);
      expect(EVENTS.map((it) => breaker.listenerCount(it))).toEqual(before);
      expect(breakerSeries(service)).toEqual({});
    },
  );

  it('A breaker of opossum has the listeners it had before once its application is closed', async () => {
    const breaker = breakerOf('payments');
    const count = () => EVENTS.map((it) => breaker.listenerCount(it));
    const before = count();
    const { app } = await startWith({ PAYMENTS: breaker });
    expect(count()).toEqual(before.map((it) => it + 1));
    await app.close();
    expect(count()).toEqual(before);
  });

  it('A breaker of opossum is observed under the name that is given by hand, and only under that one', async () => {
    const breaker = breakerOf('payments');
    const { service } = await startWith({ PAYMENTS: breaker });
    const registration = service.registerCircuitBreaker('cards', breaker);
    breaker.open();
    expect(registration.name).toBe('cards');
    expect(breakerSeries(service)).toEqual(seriesOf('cards', { state: 1, open: 1 }));
    registration.unregister();
    registration.unregister();
    breaker.close();
    expect(breakerSeries(service)).toEqual({});
  });

  it('A breaker of opossum is counted by each of two applications', async () => {
    const breaker = breakerOf('payments');
    const one = await startWith({ PAYMENTS: breaker });
    const other = await startWith({ PAYMENTS: breaker });
    breaker.open();
    expect(breakerSeries(one.service)).toEqual(seriesOf('payments', { state: 1, open: 1 }));
    await one.close();
    breaker.close();
    expect(breakerSeries(other.service)).toEqual(
      seriesOf('payments', { state: 0, open: 1, closed: 1 }),
    );
  });
});
