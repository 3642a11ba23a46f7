import { Injectable, Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Command, ObservabilityModule, Projection, Query, REJECTION } from '../../../lib/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from './running-application.js';

Logger.overrideLogger(false);

class LedgerCorrupt extends Error {}
class ConcurrencyError extends Error {}
class PriceChanged extends Error {}
class OutOfStock extends Error {
  readonly [REJECTION] = true;
}
class Mystery extends Error {}

/** An error, and the labels that every source gives to it. */
const errors: readonly (readonly [Error, string, string])[] = [
  [new LedgerCorrupt(), 'LedgerCorrupt', 'critical'],
  [Object.assign(new Error('disk'), { code: 'ENOSPC' }), 'ENOSPC', 'critical'],
  [new ConcurrencyError(), 'ConcurrencyError', 'transient'],
  [Object.assign(new Error('gone'), { code: 'ECONNRESET' }), 'ECONNRESET', 'transient'],
  [Object.assign(new Error('pg'), { code: '40001' }), '40001', 'transient'],
  [new PriceChanged(), 'PriceChanged', 'transient'],
  [new TypeError('bug'), 'TypeError', 'permanent'],
  [new Mystery(), 'Mystery', 'permanent'],
];

const sources = ['command', 'query', 'projection', 'event_store'] as const;
type Source = (typeof sources)[number];

@Injectable()
class Work {
  @Command('Fail')
  async command(error?: unknown): Promise<void> {
    if (error !== undefined) throw error;
  }

  @Query('Fail')
  async query(error?: unknown): Promise<void> {
    if (error !== undefined) throw error;
  }

  @Projection('Fail')
  async projection(error?: unknown): Promise<void> {
    if (error !== undefined) throw error;
  }
}

describe('errors of every source', () => {
  const clock = new ManualClock();
  let application: RunningApplication;

  beforeAll(async () => {
    application = await RunningApplication.start({
      imports: [
        ObservabilityModule.forRoot({
          clock,
          criticalErrors: [LedgerCorrupt],
          errorCategory: (error) => {
            if (error instanceof Mystery) return Promise.reject(error) as never;
            return error instanceof PriceChanged ? 'transient' : undefined;
          },
        }),
      ],
      providers: [Work],
    });
  });

  afterAll(() => application.close());

  async function finish(source: Source, error?: unknown): Promise<void> {
    if (source !== 'event_store') {
      const work = application.app.get(Work);
      await work[source](error).catch(() => undefined);
      return;
    }
    const operation = application.service.startEventStoreOperation('read', 'order');
    if (error === undefined) operation.succeed();
    else operation.fail(error);
  }

  const scrape = async () => (await application.get('/metrics')).text;

  it.each(sources)(
    'Errors of every source are counted by type and category: %s',
    async (source) => {
      for (const [error] of errors) await finish(source, error);
      const text = await scrape();
      const samples = parseTextFormat(text).get('eventcore_errors_total')?.samples ?? [];
      const own = samples.filter(({ labels }) => labels['source'] === source);
      expect(
        own.map(({ labels, value }) => [labels['error_type'], labels['category'], value]),
      ).toEqual(errors.map(([, type, category]) => [type, category, 1]));
    },
  );

  it.each(sources)(
    'Errors of every source are a share of what finished in the last minute: %s',
    async (source) => {
      const ratio = async () =>
        sampleOf(await scrape(), 'eventcore_error_rate_ratio', { source }) ?? Number.NaN;
      /** Lets seconds pass as the timer of the module does. */
      const pass = (seconds: number) => {
        for (let i = 0; i < seconds; i++) {
          clock.advance(1_000);
          application.service.snapshot();
        }
      };
      pass(61);
      expect(await ratio()).toBe(0);
      await finish(source, new TypeError());
      for (let i = 0; i < 3; i++) await finish(source);
      expect(await ratio()).toBe(0.25);
      pass(30);
      for (let i = 0; i < 4; i++) await finish(source);
      expect(await ratio()).toBe(0.125);
      pass(31);
      expect(await ratio()).toBe(0);
      await finish(source, new TypeError());
      expect(await ratio()).toBe(0.2);
      pass(61);
      expect(await ratio()).toBe(0);
    },
  );

  it('Errors of every source are no rejections', async () => {
    const before = sampleOf(await scrape(), 'eventcore_errors_total', {
      source: 'command',
      error_type: 'OutOfStock',
    });
    await finish('command', new OutOfStock());
    await finish('query', new OutOfStock());
    const text = await scrape();
    expect(before).toBeUndefined();
    expect(text).not.toContain('OutOfStock');
    expect(sampleOf(text, 'eventcore_error_rate_ratio', { source: 'command' })).toBe(0);
  });
});
