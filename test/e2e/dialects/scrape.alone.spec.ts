import { Injectable } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { dialects } from '../../../lib/exporters/prometheus/dialects/index.js';
import {
  Command,
  ObservabilityModule,
  type ObservabilityPlugin,
  Projection,
  Query,
} from '../../../lib/index.js';
import { OPENMETRICS_CONTENT_TYPE } from '../../../lib/exporters/prometheus/index.js';
import { parseOpenMetrics } from '../../contract/openmetrics-format.js';
import { checkMetrics, promtool } from '../../contract/promtool.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';

@Injectable()
class Shop {
  @Command('PlaceOrder')
  async place(): Promise<void> {}

  @Query('FindOrder')
  find(): number {
    return 1;
  }

  @Projection('order_summary')
  apply(): void {}
}

let application: RunningApplication | undefined;

afterEach(async () => {
  await application?.close();
  application = undefined;
});

async function start(plugin?: ObservabilityPlugin, namespace = 'eventcore', prometheus = {}) {
  const plugins = plugin === undefined ? [] : [plugin];
  application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ plugins, namespace, prometheus, serviceName: 'shop' })],
    providers: [Shop],
  });
  const shop = application.app.get(Shop);
  await shop.place();
  shop.find();
  shop.apply();
  application.service.startEventStoreOperation('append', 'order').succeed({ events: 2 });
  return application;
}

@Injectable()
class Queries {
  @Query('FindOrder')
  find(): number {
    return 1;
  }

  @Query('Sum "all"')
  async sum(): Promise<number> {
    throw new Error('broken');
  }

  @Projection('Revenue €')
  apply(): void {}
}

async function startFlux() {
  application = await RunningApplication.start({
    imports: [
      ObservabilityModule.forRoot({ plugins: [dialects('eventflux')], serviceName: 'shop' }),
    ],
    providers: [Queries],
  });
  const { app, service, url } = application;
  const get = async (accept: string) =>
    (await fetch(`${url}/metrics`, { headers: { accept } })).text();
  return { app, service, get };
}

const BOTH = dialects('eventcore-0.1', 'eventflux');

describe('a scrape with dialects', () => {
  it('A scrape with dialects shows the same facts under the other names', async () => {
    const { text } = await (await start(BOTH)).get('/metrics');
    parseTextFormat(text);
    const service = 'shop';
    expect(
      sampleOf(text, 'eventcore_commands_executed', { service, command_type: 'PlaceOrder' }),
    ).toBe(1);
    expect(sampleOf(text, 'eventcore_events_written', { service })).toBe(2);
    expect(sampleOf(text, 'eventcore_active_projections', { service })).toBe(1);
    expect(sampleOf(text, 'query_latency_seconds_count', { service, query_id: 'FindOrder' })).toBe(
      1,
    );
    const quantile = { service, query_id: 'FindOrder', quantile: '0.5' };
    expect(sampleOf(text, 'query_latency_seconds', quantile)).toBeGreaterThan(0);
    const projection = { service, query_id: 'order_summary' };
    expect(sampleOf(text, 'query_events_processed_total', projection)).toBe(1);
    expect(sampleOf(text, 'eventflux_uptime_seconds', { service })).toBeGreaterThan(0);
  });

  it('A scrape with dialects changes nothing of what is there without them', async () => {
    const without = await (await start()).get('/metrics');
    await application?.close();
    const { text } = await (await start(BOTH)).get('/metrics');
    const namesOf = (it: string) =>
      [...parseTextFormat(it)].map(([name, { type }]) => `${name} ${type}`);
    const before = namesOf(without.text);
    expect(namesOf(text)).toEqual(expect.arrayContaining(before));
    expect(before.some((it) => it.startsWith('eventcore_commands_executed '))).toBe(false);
    expect(before.some((it) => it.startsWith('query_'))).toBe(false);
  });

  it('A scrape with dialects is OpenMetrics when it is asked for', async () => {
    const { app, url } = await start(BOTH);
    const answer = await fetch(`${url}/metrics`, {
      headers: { accept: 'application/openmetrics-text; version=1.0.0' },
    });
    expect(answer.headers.get('content-type')).toBe(OPENMETRICS_CONTENT_TYPE);
    const families = parseOpenMetrics(await answer.text());
    expect(families.get('query_latency_seconds')?.type).toBe('summary');
    expect(families.get('eventcore_commands_executed')?.type).toBe('unknown');
    expect(families.get('query_executions')?.type).toBe('counter');
    expect(app).toBeDefined();
  });

  it('A scrape with dialects has the first word of the application where a dialect has eventcore', async () => {
    const { text } = await (await start(BOTH, 'shop')).get('/metrics');
    const families = parseTextFormat(text);
    expect(families.has('shop_commands_executed')).toBe(true);
    expect(families.has('eventcore_commands_executed')).toBe(false);
    expect(families.has('eventflux_uptime_seconds')).toBe(true);
  });

  it.each([
    ['the text format', 'text/plain'],
    ['OpenMetrics', 'application/openmetrics-text; version=1.0.0'],
  ])(
    'Series of eventflux have the labels of its alerts in %s, and no other names',
    async (_, accept) => {
      const { app, service, get } = await startFlux();
      const shop = app.get(Queries);
      await shop.find();
      await shop.sum().catch(() => undefined);
      await shop.apply();
      service.startEventStoreOperation('append', 'order').succeed({ events: 2 });
      service.startEventStoreOperation('read', 'a "b"').succeed({ events: 1 });
      const text = await get(accept);
      const series = text.split('\n').filter((it) => /^(?:query_|stream_|eventflux_)/.test(it));
      const valuesOf = (label: string) => [
        ...new Set(
          series.flatMap(
            (it) => new RegExp(`[{,]${label}="((?:[^"\\\\]|\\\\.)*)"`).exec(it)?.[1] ?? [],
          ),
        ),
      ];
      expect(valuesOf('query_id').toSorted()).toEqual(['FindOrder', 'Revenue €', 'Sum \\"all\\"']);
      expect(valuesOf('stream_name').toSorted()).toEqual(['a \\"b\\"', 'order']);
      for (const it of ['query', 'stream', 'query_type', 'projection_name', 'stream_category'])
        expect(valuesOf(it)).toEqual([]);
      expect(series.filter((it) => it.startsWith('query_') && !it.includes('query_id="'))).toEqual(
        [],
      );
      expect(
        series.filter((it) => it.startsWith('stream_') && !it.includes('stream_name="')),
      ).toEqual([]);
    },
  );

  // Needs Debian's prometheus.
  it.skipIf(promtool === undefined)(
    'A scrape with dialects is valid for promtool, which dislikes only units and suffixes',
    async () => {
      const { text } = await (
        await start(BOTH, 'eventcore', { defaultMetrics: false })
      ).get('/metrics');
      const said = checkMetrics(text)
        .split('\n')
        .filter((it) => it !== '');
      const unexpected = said.filter(
        (it) =>
          !/use base unit "seconds" instead of "milliseconds"|metric names should not contain abbreviated units|counter metrics should have "_total" suffix|use base unit "ratio" instead of "percent"/.test(
            it,
          ),
      );
      expect(unexpected).toEqual([]);
      expect(said.every((it) => !it.startsWith('error'))).toBe(true);
    },
  );
});
