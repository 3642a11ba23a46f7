import { Injectable, Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ObservabilityModule, ObservabilityService, Projection } from '../../../lib/index.js';
import type { HeadReading, HeadSource, ProjectionScope } from '../../../lib/projections/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { poll } from '../../system/poll.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

const PARTITIONS = ['constructor', '__proto__', 'toString'];

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
  @Projection({ name: 'orders', eventTime: (event) => event as number })
  async placed(_recordedAt: number): Promise<void> {}
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

  it('A projection without a checkpoint is starting on the page, with all events as its lag', async () => {
    log.answer = (scope) => ({
      ...counted(scope, 3),
      checkpoint: null,
      oldestPendingMs: Date.now(),
    });
    await read();
    expect(await gauges()).toMatchObject({ events: 3, state: 'starting' });
  });

  it('Partitions named like members of objects have their lag on the page', async () => {
    orders().observe({ partitions: PARTITIONS });
    for (const [i, partition] of PARTITIONS.entries()) orders().checkpoint(90 + i, partition);
    await read();
    expect(await gauges()).toMatchObject({ events: 10 });
  });

  it('An event time in seconds does not reach the latency on the page, and is counted as an error', async () => {
    await application.app.get(Orders).placed(Math.floor(Date.now() / 1_000));
    const { text } = await application.get('/metrics');
    expect(text).not.toContain('eventcore_projection_latency_seconds_sum');
    expect(
      sampleOf(text, 'eventcore_observability_errors_total', { component: 'event_time' }),
    ).toBe(1);
  });
});
