import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { lastValueFrom, NEVER, of, Subject, throwError } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { Pipelines, pipelines } from '../../../lib/pipelines/index.js';
import { observeTest } from '../../../lib/testing/index.js';
import { sampleOf } from '../../contract/text-format.js';

const running: INestApplication[] = [];

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
});

/** An application on manual time, and a pipeline whose stage `store` can be stalled and can fail. */
async function start() {
  const observed = observeTest();
  const module = await observed
    .in(
      Test.createTestingModule({
        imports: [ObservabilityModule.forRoot({ plugins: [pipelines()] })],
      }),
    )
    .compile();
  const app = module.createNestApplication({ logger: false });
  running.push(app);
  await app.listen(0, '127.0.0.1');
  const flow = app.get(Pipelines).pipeline('trades');
  const source = new Subject<{ readonly at: number }>();
  const state = { isStalled: false, held: [] as Subject<number>[] };
  const work = () => {
    if (!state.isStalled) return of(1);
    const result = new Subject<number>();
    state.held.push(result);
    return result;
  };
  const run = flow
    .run(
      source.pipe(
        flow.stream('trades', { eventTime: ({ at }) => at }),
        flow.concatMap('store', work),
        flow.stream('stored'),
      ),
    )
    .subscribe();
  /** Lets an event arrive in each second. */
  const trade = async (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      source.next({ at: observed.clock.wallMs() });
      await observed.advance(1_000);
    }
  };
  const release = () => {
    state.isStalled = false;
    for (const it of state.held.splice(0)) it.complete();
  };
  const url = await app.getUrl();
  const ask = async () => {
    const response = await fetch(`${url}/health`);
    return { status: response.status, body: (await response.json()) as Record<string, never> };
  };
  const page = async () => (await fetch(`${url}/metrics`)).text();
  return { observed, app, flow, run, state, trade, release, ask, page };
}

describe('the health of a pipeline', () => {
  it.each([1, 4, 9])(
    'Falls below 0.5 within 20 seconds of a stall %i seconds after a tick, names the stage, and is back within 60 seconds',
    async (offset) => {
      const { flow, state, trade, release } = await start();
      await trade(20 + offset);
      expect(flow.health()).toMatchObject({ score: 1, level: 'ok', trend: { m1: 1, m15: 1 } });
      state.isStalled = true;
      await trade(20);
      const stalled = flow.health();
      expect(stalled.score).toBeLessThan(0.5);
      expect(stalled.level).toBe('degraded');
      expect(stalled.reason).toMatch(/^stage store has finished none of its work for \d+ s$/);
      expect(stalled.factors).toMatchObject({ errors: 1, freshness: stalled.score });
      release();
      await trade(60);
      expect(flow.health()).toMatchObject({ score: 1, level: 'ok', reason: undefined });
    },
  );

  it('Shows in its trend how long it has been unhealthy', async () => {
    const { flow, state, trade } = await start();
    await trade(60);
    state.isStalled = true;
    await trade(120);
    const { m1, m5, m15 } = flow.health().trend;
    expect(m1).toBeLessThan(0.3);
    expect(m5).toBeGreaterThan(m1);
    expect(m15).toBeGreaterThan(m5);
    expect(m15).toBeLessThan(1);
  });

  it('Is good without events, whatever time passes', async () => {
    const { observed, flow } = await start();
    await observed.advance(3_600_000);
    expect(flow.health()).toEqual({
      score: 1,
      level: 'ok',
      factors: { errors: 1, buffer: 1, freshness: 1 },
      reason: undefined,
      trend: { m1: 1, m5: 1, m15: 1 },
    });
  });

  it('Is good while an endless stream of a stage runs and nothing waits for it', async () => {
    const { observed, app } = await start();
    const flow = app.get(Pipelines).pipeline('endless');
    const source = new Subject<number>();
    source.pipe(flow.switchMap('live', () => NEVER)).subscribe();
    source.next(1);
    await observed.advance(60_000);
    expect(flow.health().score).toBe(1);
  });

  it('Falls for a step whose promise does not settle, unless its pipeline allows for that', async () => {
    const { observed, app } = await start();
    const strict = app.get(Pipelines).pipeline('strict');
    const patient = app.get(Pipelines).pipeline('patient', { stalledSeconds: 120 });
    const held = new Subject<void>();
    const ended = lastValueFrom(held, { defaultValue: undefined });
    for (const it of [strict, patient]) void it.step('hang', () => ended)();
    await observed.advance(20_000);
    expect(strict.health()).toMatchObject({
      score: 0.375,
      reason: 'stage hang has finished none of its work for 10 s',
    });
    expect(patient.health().score).toBeCloseTo(1 - 10 / 240, 9);
    held.complete();
  });

  it('Falls with the share of failures of one stage within a minute', async () => {
    const { observed, app } = await start();
    const flow = app.get(Pipelines).pipeline('failing');
    const source = new Subject<boolean>();
    const step = flow.step('check', (fails: boolean) => {
      if (fails) throw new Error('no');
    });
    source.subscribe((fails) => {
      try {
        step(fails);
      } catch {
        // Counted.
      }
    });
    for (let i = 0; i < 100; i++) source.next(i % 10 === 0);
    expect(flow.health()).toMatchObject({
      score: 0,
      factors: { errors: 0 },
      reason: 'stage check fails for 10 % of its events',
    });
    await observed.advance(60_000);
    expect(flow.health().score).toBe(1);
  });

  it('Knows the age of the events that leave only with a limit for it', async () => {
    const { observed, app } = await start();
    const flow = app.get(Pipelines).pipeline('late', { latencySeconds: 10 });
    const source = new Subject<object>();
    source
      .pipe(
        flow.stream('in', { eventTime: () => observed.clock.wallMs() - 15_000 }),
        flow.stream('out'),
      )
      .subscribe();
    expect(flow.health().factors).toEqual({ errors: 1, buffer: 1, freshness: 1, latency: 1 });
    source.next({});
    expect(flow.health()).toMatchObject({
      score: 0.25,
      factors: { latency: 0.25 },
      reason: 'events are 15 s old when they leave',
    });
  });

  it('Keeps the default of a limit that is no number above 0, and reports it', async () => {
    const { observed, app, page } = await start();
    const flow = app
      .get(Pipelines)
      .pipeline('wrong', { stalledSeconds: Number.NaN, errorRatio: 0 });
    const held = new Subject<void>();
    const ended = lastValueFrom(held, { defaultValue: undefined });
    void flow.step('hang', () => ended)();
    await observed.advance(20_000);
    expect(flow.health().score).toBe(0.375);
    held.complete();
    const labels = { component: 'pipelines' };
    expect(sampleOf(await page(), 'eventcore_observability_errors_total', labels)).toBe(1);
  });

  it('Is a check that degrades GET /health and never fails it, a gauge, and numbers beside the checks', async () => {
    const { app, run, state, trade, ask, page } = await start();
    await trade(1);
    const before = await ask();
    expect(before.status).toBe(200);
    expect(before.body).toMatchObject({
      pipelines_running: 1,
      streams_active: 2,
      details: { pipeline_trades: { status: 'up', score: 1 } },
    });
    state.isStalled = true;
    await trade(20);
    const stalled = await ask();
    expect(stalled.status).toBe(200);
    expect(stalled.body).toMatchObject({
      status: 'degraded',
      details: {
        pipeline_trades: {
          reason: expect.stringContaining('stage store') as string,
          factors: { errors: 1 },
        },
      },
    });
    const ratio = sampleOf(await page(), 'eventcore_pipeline_health_ratio', { pipeline: 'trades' });
    expect(ratio).toBeLessThan(0.5);
    run.unsubscribe();
    app.get(Pipelines).pipeline('more / trades');
    const after = await ask();
    expect(after.body).toMatchObject({
      pipelines_running: 0,
      streams_active: 0,
      details: { pipeline_more___trades: { status: 'up' } },
    });
  });

  it('Has no check beside one of the application with the same name', async () => {
    const check = { name: 'pipeline_trades', check: () => true };
    const observed = observeTest();
    const options = { plugins: [pipelines()], health: { checks: [check] } };
    const module = await observed
      .in(Test.createTestingModule({ imports: [ObservabilityModule.forRoot(options)] }))
      .compile();
    const app = module.createNestApplication({ logger: false });
    running.push(app);
    const flow = app.get(Pipelines).pipeline('trades');
    await app.listen(0, '127.0.0.1');
    throwError(() => new Error('no'))
      .pipe(flow.stream('in'))
      .subscribe({ error: () => undefined });
    const response = await fetch(`${await app.getUrl()}/health`);
    expect(await response.json()).toMatchObject({ details: { pipeline_trades: { status: 'up' } } });
    const text = await (await fetch(`${await app.getUrl()}/metrics`)).text();
    expect(sampleOf(text, 'eventcore_observability_errors_total', { component: 'pipelines' })).toBe(
      1,
    );
  });
});
