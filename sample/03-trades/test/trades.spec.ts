import 'reflect-metadata';
import { Pipelines } from '@eventcore/nestjs-observability/pipelines';
import { observeTest } from '@eventcore/nestjs-observability/testing';
import { Test, type TestingModule } from '@nestjs/testing';
import { firstValueFrom, take, toArray } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AppModule } from '../src/app.module.js';
import { Candles } from '../src/candles.js';
import { Faults } from '../src/faults.js';
import { Market } from '../src/market.js';

describe('the candles of a market', () => {
  const observed = observeTest();
  let module: TestingModule;

  beforeEach(async () => {
    process.env['TRAFFIC'] = '0';
    module = await observed.in(Test.createTestingModule({ imports: [AppModule] })).compile();
    await module.init();
  });

  afterEach(() => module.close());

  /** Makes trades, and waits for one candle of each of the three symbols. */
  const trade = async (trades: number) => {
    const stored = firstValueFrom(module.get(Candles).stored.pipe(take(3), toArray()));
    module.get(Market).burst(trades);
    return stored;
  };

  it('A window makes one candle of each symbol from the trades on European venues', async () => {
    const seen = await observed.during(() => trade(90));
    expect(seen.result.map(({ symbol, trades }) => [symbol, trades])).toEqual([
      ['ACME', 20],
      ['GLOBEX', 20],
      ['INITECH', 20],
    ]);
    const pipeline = { pipeline: 'candles' };
    seen.metric('eventcore_pipeline_events_received_total', pipeline).increasedBy(90);
    seen.metric('eventcore_pipeline_events_emitted_total', pipeline).increasedBy(3);
    const out = 'eventcore_pipeline_stage_events_out_total';
    seen.metric(out, { ...pipeline, stage: 'only_eu' }).increasedBy(60);
    seen.metric(out, { ...pipeline, stage: 'enrich' }).increasedBy(60);
  });

  it('A stalled enrichment is named by the health of the pipeline until it runs again', async () => {
    const flow = module.get(Pipelines).pipeline('candles');
    expect(flow.health().score).toBe(1);
    module.get(Faults).stall();
    const stored = trade(90);
    await observed.advance(20_000);
    const { level, reason } = flow.health();
    expect(level).toBe('degraded');
    expect(reason).toContain('stage enrich');
    module.get(Faults).recover();
    await stored;
    expect(flow.health()).toMatchObject({ score: 1, level: 'ok' });
  });
});
