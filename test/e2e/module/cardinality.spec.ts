import { Logger } from '@nestjs/common';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from './running-application.js';

const CALLS = 1_000_000;

async function heapAfterCollection(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    await setImmediate();
    globalThis.gc?.();
  }
  return process.memoryUsage().heapUsed;
}

describe('a million commands of a million names', () => {
  let application: RunningApplication;
  let warnings: string[];

  beforeEach(async () => {
    warnings = [];
    vi.spyOn(Logger.prototype, 'warn').mockImplementation((it) => void warnings.push(it as string));
    application = await RunningApplication.start({ imports: [ObservabilityModule.forRoot()] });
  });

  afterEach(async () => {
    vi.restoreAllMocks();
    await application.close();
  });

  it('A million commands of a million names stay under the series limit, in flat memory, quickly', async () => {
    const { service } = application;
    const run = (from: number, to: number) => {
      for (let i = from; i < to; i++) service.startCommand(`Command${i}`).succeed();
    };
    run(0, 20_000);
    const heapBefore = await heapAfterCollection();
    const started = process.cpuUsage();
    run(20_000, CALLS);
    const { user } = process.cpuUsage(started);
    expect((await heapAfterCollection()) - heapBefore).toBeLessThan(2_000_000);
    // A microsecond and a half each where it was measured, in CPU time: the machine has other things to do.
    expect(user / 1e6).toBeLessThan(10);

    const { text } = await application.get('/metrics');
    const families = parseTextFormat(text);
    const sum = (name: string) =>
      families.get(name)?.samples.reduce((total, { value }) => total + value, 0);
    const names = families.get('eventcore_commands_total')?.samples.length ?? 0;
    expect(names).toBeGreaterThan(300);
    for (const { name, samples } of families.values()) {
      const series = new Set(samples.map(({ labels }) => JSON.stringify({ ...labels, le: '' })));
      expect(series.size, name).toBeLessThanOrEqual(1001);
    }
    expect(sum('eventcore_commands_total')).toBe(CALLS);
    expect(sum('eventcore_commands_succeeded_total')).toBe(CALLS);
    expect(sum('eventcore_commands_concurrent')).toBe(0);
    const other = { command_type: '__other__' };
    expect(sampleOf(text, 'eventcore_commands_total', other)).toBe(CALLS - names + 1);
    const folded = { metric: 'eventcore_commands_total' };
    expect(sampleOf(text, 'eventcore_observability_series_folded_total', folded)).toBe(
      CALLS - names + 1,
    );
    const aboutCommands = warnings.filter((it) => it.startsWith('eventcore_commands_total '));
    expect(aboutCommands).toEqual([
      'eventcore_commands_total has no room: another metric of the same handler has reached its series limit: further label sets ' +
        `are recorded as __other__. Its label command_type has the most values (${names - 1}), such as "Command330", ` +
        '"Command331", "Command332". Give its labels fewer values with cardinality.labels, or raise cardinality.seriesLimit. (OBS_SERIES_LIMIT)',
    ]);
    expect(new Set(warnings).size).toBe(warnings.length);
  }, 60_000);
});

describe('a series limit of 1', () => {
  it('A series limit of 1 folds what handlers make and nothing that the library makes itself', async () => {
    const application = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot({ cardinality: { seriesLimit: 1 } })],
    });
    const { service } = application;
    for (const name of ['A', 'B']) {
      service.startCommand(name).succeed(1);
      service.startQuery(name).fail(new TypeError());
      service.startEventStoreOperation(name, name).succeed({ events: 1 });
      service.projection(name).skipped();
    }
    const text = (await application.get('/metrics')).text;
    const again = (await application.get('/metrics')).text;
    await application.close();
    expect(sampleOf(text, 'eventcore_commands_total', { command_type: '__other__' })).toBe(2);
    expect(sampleOf(text, 'eventcore_events_read_total', { stream_category: 'A' })).toBe(1);
    expect(sampleOf(text, 'eventcore_events_read_total', { stream_category: '__other__' })).toBe(1);
    const families = parseTextFormat(again);
    expect(families.get('eventcore_memory_usage_bytes')?.samples).toHaveLength(4);
    expect(families.get('eventcore_error_rate_ratio')?.samples).toHaveLength(4);
    const folded = families.get('eventcore_observability_series_folded_total')?.samples ?? [];
    expect(folded.length).toBeGreaterThan(5);
    expect(folded.map(({ labels }) => labels['metric'])).not.toContain('__other__');
  });
});

describe('rules of label values', () => {
  it('Rules of label values hold for handlers, for what is recorded by hand and for metrics of the application', async () => {
    const application = await RunningApplication.start({
      imports: [
        ObservabilityModule.forRoot({
          cardinality: {
            perMetric: { shop_refunds_total: 1 },
            labels: {
              command_type: { groups: [{ match: /^Import\d+$/g, as: 'Import' }] },
              stream_category: { allow: ['order'] },
              tenant: { buckets: 16 },
            },
          },
        }),
      ],
    });
    const { service } = application;
    for (let i = 0; i < 20; i++) service.startCommand(`Import${i}`).succeed();
    service.startEventStoreOperation('read', 'order').succeed({ events: 2 });
    service.startEventStoreOperation('read', 'basket').succeed({ events: 3 });
    const payments = service.counter({
      name: 'shop_payments_total',
      help: 'x',
      labels: ['tenant'],
    });
    payments.labels({ tenant: 'acme' }).inc();
    const refunds = service.counter({ name: 'shop_refunds_total', help: 'x', labels: ['channel'] });
    for (const channel of ['web', 'a"\\\n\0', '\ud800']) refunds.labels({ channel }).inc();
    const { text } = await application.get('/metrics');
    await application.close();
    expect(sampleOf(text, 'eventcore_commands_total', { command_type: 'Import' })).toBe(20);
    expect(sampleOf(text, 'eventcore_events_read_total', { stream_category: 'order' })).toBe(2);
    expect(sampleOf(text, 'eventcore_events_read_total', { stream_category: '__other__' })).toBe(3);
    expect(text).toMatch(/^shop_payments_total\{tenant="bucket_\d\d"\} 1$/m);
    expect(sampleOf(text, 'shop_refunds_total', { channel: '__other__' })).toBe(2);
    const folded = { metric: 'shop_refunds_total' };
    expect(sampleOf(text, 'eventcore_observability_series_folded_total', folded)).toBe(2);
  });
});
