import { Logger } from '@nestjs/common';
import {
  BrokenCircuitError,
  circuitBreaker,
  CircuitState,
  ConsecutiveBreaker,
  handleAll,
  noop,
  retry,
  wrap,
} from 'cockatiel';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { RunningApplication } from '../module/running-application.js';
import { breakerSeries, seriesOf } from './breaker-series.js';

Logger.overrideLogger(false);

const RESET_MS = 1_000;

let application: RunningApplication | undefined;

const policyOf = () =>
  circuitBreaker(handleAll, { halfOpenAfter: RESET_MS, breaker: new ConsecutiveBreaker(1) });
const fail = async () => {
  throw new Error('down');
};

async function startWith(providers: Record<string, unknown>): Promise<RunningApplication> {
  application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot()],
    providers: Object.entries(providers).map(([provide, useValue]) => ({ provide, useValue })),
  });
  return application;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
});

afterEach(async () => {
  vi.useRealTimers();
  await application?.close();
});

describe('a circuit breaker of cockatiel', () => {
  it('A circuit breaker of cockatiel opens, tries, opens again and closes, and counts what it refuses', async () => {
    const policy = policyOf();
    const { service } = await startWith({ payments: policy });
    expect(breakerSeries(service)).toEqual(seriesOf('payments', { state: 0 }));

    await expect(policy.execute(fail)).rejects.toThrow('down');
    expect(breakerSeries(service)).toEqual(seriesOf('payments', { state: 1, open: 1 }));
    for (let i = 0; i < 3; i++)
      await expect(policy.execute(fail)).rejects.toThrow(BrokenCircuitError);
    expect(breakerSeries(service)).toEqual(seriesOf('payments', { state: 1, open: 1, refused: 3 }));

    vi.setSystemTime(Date.now() + RESET_MS);
    const attempt = policy.execute(fail);
    expect(breakerSeries(service)).toEqual(
      seriesOf('payments', { state: 0.5, open: 1, half_open: 1, refused: 3 }),
    );
    await expect(attempt).rejects.toThrow('down');
    expect(breakerSeries(service)).toEqual(
      seriesOf('payments', { state: 1, open: 2, half_open: 1, refused: 3 }),
    );

    vi.setSystemTime(Date.now() + RESET_MS);
    expect(await policy.execute(() => 'answer')).toBe('answer');
    expect(breakerSeries(service)).toEqual(
      seriesOf('payments', { state: 0, open: 2, half_open: 2, closed: 1, refused: 3 }),
    );
  });

  it('A circuit breaker of cockatiel counts a call that waited for the attempt and was refused after it', async () => {
    const policy = policyOf();
    const { service } = await startWith({ payments: policy });
    await expect(policy.execute(fail)).rejects.toThrow('down');
    vi.setSystemTime(Date.now() + RESET_MS);
    const attempt = policy.execute(fail);
    const waiting = policy.execute(fail);
    await expect(attempt).rejects.toThrow('down');
    await expect(waiting).rejects.toThrow(BrokenCircuitError);
    expect(breakerSeries(service)).toEqual(
      seriesOf('payments', { state: 1, open: 2, half_open: 1, refused: 1 }),
    );
  });

  it('A circuit breaker of cockatiel that is held open by hand is open', async () => {
    const policy = policyOf();
    const { service } = await startWith({ payments: policy });
    const held = policy.isolate();
    await expect(policy.execute(() => 1)).rejects.toThrow();
    expect(breakerSeries(service)).toEqual(seriesOf('payments', { state: 1, open: 1, refused: 1 }));
    held.dispose();
    expect(breakerSeries(service)).toEqual(
      seriesOf('payments', { state: 0, open: 1, closed: 1, refused: 1 }),
    );
  });

  it('A circuit breaker of cockatiel is found inside the policies that wrap combined', async () => {
    const [one, other] = [policyOf(), policyOf()];
    const policy = wrap(retry(handleAll, { maxAttempts: 0 }), one, wrap(noop, other));
    const { service } = await startWith({ payments: policy });
    await expect(policy.execute(fail)).rejects.toThrow('down');
    await expect(policy.execute(fail)).rejects.toThrow(BrokenCircuitError);
    expect(breakerSeries(service)).toEqual({
      ...seriesOf('payments', { state: 1, open: 1, refused: 1 }),
      ...seriesOf('payments_2', { state: 1, open: 1 }),
    });
    expect(() => service.registerCircuitBreaker('both', policy as never)).toThrow(
      'OBS_SOURCE_INVALID',
    );
  });

  it('A circuit breaker of cockatiel gives the caller what it always gave', async () => {
    const policy = policyOf();
    const { execute } = Object.getPrototypeOf(policy) as { execute: { name: string } };
    await startWith({ payments: policy });
    expect(policy.execute.name).toBe(execute.name);
    expect(Object.keys(policy)).not.toContain('execute');
    const { signal } = new AbortController();
    const seen: unknown[] = [];
    await policy.execute((context) => seen.push(context.signal), signal);
    expect(seen).toEqual([signal]);
    const refusal = { state: policy.state, call: () => policy.execute(fail) };
    expect(refusal.state).toBe(CircuitState.Closed);
    await expect(refusal.call()).rejects.toThrow('down');
    await expect(refusal.call()).rejects.toBeInstanceOf(BrokenCircuitError);
  });

  it('A circuit breaker of cockatiel is as it was before once its application is closed', async () => {
    const policy = policyOf();
    const { app, service } = await startWith({ payments: policy });
    expect(Object.hasOwn(policy, 'execute')).toBe(true);
    await app.close();
    expect(Object.hasOwn(policy, 'execute')).toBe(false);
    await expect(policy.execute(fail)).rejects.toThrow('down');
    expect(breakerSeries(service)).toEqual({});
  });

  it('A circuit breaker of cockatiel is counted by each of two applications until it is closed', async () => {
    const policy = policyOf();
    const one = await startWith({ payments: policy });
    const other = await startWith({ payments: policy });
    await expect(policy.execute(fail)).rejects.toThrow('down');
    await expect(policy.execute(fail)).rejects.toThrow(BrokenCircuitError);
    expect(breakerSeries(one.service)).toEqual(
      seriesOf('payments', { state: 1, open: 1, refused: 1 }),
    );
    await one.close();
    await expect(policy.execute(fail)).rejects.toThrow(BrokenCircuitError);
    expect(breakerSeries(one.service)).toEqual({});
    expect(breakerSeries(other.service)).toEqual(
      seriesOf('payments', { state: 1, open: 1, refused: 2 }),
    );
  });

  it('A circuit breaker of cockatiel that somebody else extended later goes on working', async () => {
    const policy = policyOf();
    const { service } = await startWith({});
    const registration = service.registerCircuitBreaker('payments', policy);
    const ours = policy.execute.bind(policy);
    policy.execute = (fn, signal) => ours(fn, signal);
    const theirs = policy.execute;
    registration.unregister();
    expect(policy.execute).toBe(theirs);
    expect(await policy.execute(() => 'answer')).toBe('answer');
  });
});
