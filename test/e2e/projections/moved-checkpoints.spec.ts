import { runInNewContext } from 'node:vm';
import { Injectable, Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ObservabilityModule, ObservabilityService, Projection } from '../../../lib/index.js';
import type { HeadReading, HeadSource, ProjectionScope } from '../../../lib/projections/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { poll } from '../../system/poll.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

@Injectable()
class Log implements HeadSource {
  reads = 0;
  works = true;
  answer = (scope: ProjectionScope): HeadReading => counted(scope, 100);

  async observe(scopes: readonly ProjectionScope[]) {
    this.reads++;
    if (!this.works) throw new Error('gone');
    return new Map(scopes.map((it) => [it.key, this.answer(it)]));
  }
}

function counted({ checkpoint }: ProjectionScope, head: number): HeadReading {
  return { head, pendingEvents: Math.max(0, head - Number(checkpoint ?? 0)) };
}

@Injectable()
class Orders {
  @Projection({ name: 'orders', eventTime: (event) => event as Date })
  async placed(_recordedAt: unknown): Promise<void> {}
}

describe('checkpoints of a running application', () => {
  let application: RunningApplication;
  let log: Log;
  const orders = () => application.app.get(ObservabilityService).projection('orders');

  beforeEach(async () => {
    application = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot({ projections: { head: Log, periodMs: 200 } })],
      providers: [Log, Orders],
    });
    log = application.app.get(Log);
  });
  afterEach(() => application.close());

  async function read(): Promise<void> {
    const { reads } = log;
    await poll(async () => (log.reads >= reads + 2 ? true : undefined), {
      what: 'a reading',
      timeoutMs: 10_000,
    });
  }

  async function gauges(): Promise<Record<string, unknown>> {
    const { text } = await application.get('/metrics');
    const of = (name: string, labels = {}) =>
      sampleOf(text, `eventcore_projection_${name}`, { projection_name: 'orders', ...labels });
    const states = ['starting', 'catching_up', 'live', 'rebuilding', 'faulted'];
    return {
      seconds: of('lag_seconds'),
      events: of('lag_events'),
      head: of('head_position'),
      state: states.find((state) => of('state', { state }) === 1),
    };
  }

  it('A checkpoint that moved back leaves no lag on the page until the log was read again', async () => {
    orders().checkpoint(100);
    await read();
    expect(await gauges()).toEqual({ seconds: 0, events: 0, head: 100, state: 'live' });
    log.works = false;
    orders().beginRebuild(100);
    orders().checkpoint(null);
    expect(await gauges()).toMatchObject({
      seconds: undefined,
      events: undefined,
      state: 'rebuilding',
    });
    orders().completeRebuild();
    orders().checkpoint(60);
    orders().checkpoint(50);
    expect(await gauges()).toMatchObject({ seconds: undefined, events: undefined });
    log.works = true;
    await poll(async () => ((await gauges())['events'] === 50 ? true : undefined), {
      what: 'the lag',
      timeoutMs: 20_000,
    });
  });

  it('A checkpoint beyond the end of the log is a fault on the page and in the health check', async () => {
    log.answer = (scope) => counted(scope, 5);
    orders().checkpoint(100);
    await read();
    expect(await gauges()).toEqual({
      seconds: undefined,
      events: undefined,
      head: 5,
      state: 'faulted',
    });
    const { details } = JSON.parse((await application.get('/health')).text) as {
      details: Record<string, unknown>;
    };
    expect(details['projections']).toMatchObject({ checkpoint_beyond_end: ['orders'] });
  });

  it.each([
    ['young events', 3, 0],
    ['a day of events', 86_400, 86_400_000],
    ['one event', 1, 1_000],
  ])(
    'A projection of %s without a checkpoint is starting on the page, with all of them as its lag',
    async (_, events, ageMs) => {
      const oldestPendingMs = Date.now() - ageMs;
      log.answer = (scope) => ({ ...counted(scope, events), checkpoint: null, oldestPendingMs });
      await read();
      const found = await gauges();
      expect(found).toMatchObject({ events, head: events, state: 'starting' });
      expect(found['seconds']).toBeGreaterThanOrEqual(ageMs / 1_000);
    },
  );

  it.each([
    [['constructor', '__proto__', 'toString']],
    [['hasOwnProperty', 'valueOf', '__defineGetter__', 'prototype']],
    [['', ' ', '0', '-1', 'a"b\\\n', '\u0000', '😀', '__other__', 'null']],
  ])('Partitions with the hostile names %j have their lag on the page', async (partitions) => {
    orders().observe({ partitions });
    for (const [i, partition] of partitions.entries()) orders().checkpoint(90 + i, partition);
    await read();
    expect(await gauges()).toMatchObject({ events: 10 });
  });

  it.each([
    ['a number of seconds', (ms: number) => Math.floor(ms / 1_000)],
    ['a number of microseconds', (ms: number) => ms * 1_000],
    ['a number of nanoseconds', (ms: number) => ms * 1_000_000],
    ['a bigint of nanoseconds', (ms: number) => BigInt(ms) * 1_000_000n],
    ['a bigint of milliseconds', (ms: number) => BigInt(ms)],
    ['an ISO text', (ms: number) => new Date(ms).toISOString()],
    ['an invalid date', () => new Date('soon')],
    ['a date of seconds', (ms: number) => new Date(ms / 1_000)],
  ])(
    'An event time that is %s does not reach the latency on the page, and is counted as an error',
    async (_, timeOf) => {
      orders().checkpoint(100);
      await read();
      await application.app.get(Orders).placed(timeOf(Date.now()));
      const { text } = await application.get('/metrics');
      expect(text).not.toContain('eventcore_projection_latency_seconds_sum');
      expect(
        sampleOf(text, 'eventcore_observability_errors_total', { component: 'event_time' }),
      ).toBe(1);
    },
  );

  it.each([
    ['a date', (ms: number) => new Date(ms)],
    ['a number of milliseconds', (ms: number) => ms],
    ['a date of another realm', (ms: number) => runInNewContext(`new Date(${ms})`) as Date],
  ])('An event time that is %s is the latency on the page', async (_, timeOf) => {
    orders().checkpoint(100);
    await read();
    await application.app.get(Orders).placed(timeOf(Date.now() - 60_000));
    const { text } = await application.get('/metrics');
    const latency = sampleOf(text, 'eventcore_projection_latency_seconds_sum', {
      projection_name: 'orders',
    });
    expect(latency).toBeGreaterThanOrEqual(60);
    expect(latency).toBeLessThan(70);
  });

  it.each([
    ['seconds', (ms: number) => ms / 1_000],
    ['microseconds', (ms: number) => ms * 1_000],
    ['nanoseconds', (ms: number) => ms * 1_000_000],
  ])('The age of the oldest event in %s does not reach the lag on the page', async (_, timeOf) => {
    log.answer = (scope) => ({ ...counted(scope, 100), oldestPendingMs: timeOf(Date.now()) });
    orders().checkpoint(90);
    await read();
    const { seconds, events } = await gauges();
    expect(events).toBe(10);
    if (seconds !== undefined) {
      expect(seconds).toBeGreaterThanOrEqual(0);
      expect(seconds).toBeLessThan(60);
    }
  });
});
