import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Command, ObservabilityModule } from '../../../lib/index.js';
import {
  history,
  type HistoryOptions,
  LabelMatcher,
  MetricHistory,
  MetricQueries,
} from '../../../lib/query/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

@Injectable()
class Shop {
  @Command({ name: 'Place' })
  place(): void {}
}

const clock = new ManualClock();
const applications: RunningApplication[] = [];
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'history-'));
});

afterEach(async () => {
  for (const it of applications.splice(0)) await it.close();
  await rm(directory, { recursive: true });
});

async function start(options: HistoryOptions = {}, more: object = {}): Promise<RunningApplication> {
  const module = { plugins: [history(options)], clock, serviceName: 'shop' };
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ ...module, ...more })],
    providers: [Shop],
  });
  applications.push(application);
  return application;
}

async function tick({ service }: RunningApplication): Promise<void> {
  clock.advance(5_000);
  await service.flush();
}

async function placed({ app }: RunningApplication) {
  const matchers = [new LabelMatcher('__name__', '=', 'eventcore_commands_total')];
  const series = await app.get(MetricHistory).select({ matchers, fromMs: 0, toMs: 1e14 });
  return series.map(({ labels, values, staleAtMs }) => ({
    labels: labels.toJSON(),
    values: [...values],
    stale: staleAtMs?.length ?? 0,
  }));
}

const labels = { __name__: 'eventcore_commands_total', command_type: 'Place', service: 'shop' };

describe('the plugin history()', () => {
  it('Records the metrics of the application and counts what it has', async () => {
    const application = await start();
    const shop = application.app.get(Shop);
    await tick(application);
    shop.place();
    shop.place();
    await tick(application);
    expect(await placed(application)).toEqual([{ labels, values: [0, 2], stale: 0 }]);
    const queries = application.app.get(MetricQueries);
    expect(await queries.query('increase(eventcore_commands_total[1m])')).toMatchObject({
      type: 'vector',
      samples: [{ value: expect.any(Number) as number }],
    });
    const page = (await application.get('/metrics')).text;
    const first = sampleOf(page, 'eventcore_history_samples');
    expect(first).toBeGreaterThan(100);
    expect(sampleOf(page, 'eventcore_history_bytes')).toBeGreaterThan(8 * first!);
    expect(page).toMatch(/^eventcore_history_dropped_total\{service="shop"\} 0$/m);
    expect(page).toMatch(/exports_total\{exporter="history",outcome="success",service="shop"\} 2/);
  });

  it('Goes on with the history of the process before, whose series end when it ends', async () => {
    const first = await start({ storage: { directory } });
    first.app.get(Shop).place();
    await tick(first);
    clock.advance(5_000);
    await applications.pop()!.close();
    clock.advance(60_000);
    const second = await start({ storage: { directory } });
    await tick(second);
    expect(await placed(second)).toEqual([{ labels, values: [1, 1, 0], stale: 1 }]);
    expect((await readdir(directory)).filter((it) => it.endsWith('.chunk'))).toHaveLength(2);
  });

  it('Stays in memory beside another application that owns its directory', async () => {
    const owner = await start({ storage: { directory } });
    const other = await start({ storage: { directory } });
    await tick(owner);
    await tick(other);
    expect((await placed(other)).map(({ values }) => values)).toEqual([[0]]);
    const page = (await other.get('/metrics')).text;
    expect(page).toMatch(/errors_total\{component="history",service="shop"\} 1/);
  });

  it('Stays in memory when its directory cannot be made', async () => {
    await writeFile(join(directory, 'file'), '');
    const application = await start({ storage: { directory: join(directory, 'file', 'below') } });
    await tick(application);
    expect((await placed(application)).map(({ values }) => values)).toEqual([[0]]);
    expect(application.service.diagnose().faults).toMatchObject([
      { component: 'history', lastError: 'Error ENOTDIR' },
    ]);
  });

  it('Records nothing without the plugin and while recording is disabled', async () => {
    const without = await start({}, { plugins: [] });
    expect(without.service.diagnose('eventcore_history_bytes').reasons).toEqual([
      'The plugin history() is not among plugins.',
    ]);
    const disabled = await start({}, { enabled: false });
    expect(await placed(disabled)).toEqual([]);
  });

  it.each([
    [{ retention: '1 hour' }, 'history().retention'],
    [{ intervalMs: 10 }, 'history().intervalMs'],
    [{ storage: {} }, 'history().storage.directory'],
    [{ storage: { directory: 'x', retention: 15 } }, 'history().storage.retention'],
    [{ rollup: true }, 'history().rollup'],
    [{ metrics: ['shop-*'] }, 'history().metrics[0]'],
    [{ retentions: '1h' }, 'history().retentions'],
  ])('Refuses the options %o', (options, subject) => {
    expect(() => history(options as never)).toThrow(subject);
  });

  it('The queries of an application answer PromQL over its own history', async () => {
    const application = await start({ queries: { maxSteps: 10 } });
    const queries = application.app.get(MetricQueries);
    await tick(application);
    for (let i = 0; i < 3; i++) application.app.get(Shop).place();
    await tick(application);
    const atMs = clock.wallMs();
    const placed = 'sum by (command_type) (increase(eventcore_commands_total[10m]))';
    const result = await queries.query(placed, { atMs });
    expect(result).toMatchObject({ type: 'vector', samples: [{ value: 3 }] });
    await expect(
      queries.queryRange('up', { startMs: atMs, endMs: atMs + 99, stepMs: 1 }),
    ).rejects.toMatchObject({ code: 'OBS_QUERY_LIMIT' });
  });
});
