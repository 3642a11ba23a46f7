import { type INestApplication, Injectable } from '@nestjs/common';
import { filter, from, lastValueFrom } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { dialects } from '../../../lib/exporters/prometheus/dialects/index.js';
import {
  Command,
  ObservabilityModule,
  type ObservabilityPlugin,
  Projection,
  Query,
} from '../../../lib/index.js';
import { parseTemplate } from '../../../lib/alerts/templates/template.js';
import { Pipelines, pipelines } from '../../../lib/pipelines/index.js';
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

async function startFlux() {
  application = await RunningApplication.start({
    imports: [
      ObservabilityModule.forRoot({
        plugins: [pipelines(), dialects('eventflux')],
        serviceName: 'shop',
      }),
    ],
    providers: [Shop],
  });
  const { app, url } = application;
  const get = async (accept: string) =>
    (await fetch(`${url}/metrics`, { headers: { accept } })).text();
  return { app, get };
}

/** Runs a pipeline that fails once. */
async function trade(app: INestApplication): Promise<void> {
  const flow = app.get(Pipelines).pipeline('Sum "all" €');
  const check = flow.step('check', ({ isValid }: Trade) => {
    if (!isValid) throw new TypeError('broken');
    return true;
  });
  const trades: readonly Trade[] = [{ isValid: true }, { isValid: true }, { isValid: false }];
  const run = flow.run(
    from(trades).pipe(
      flow.stream('trades', { eventTime: () => Date.now() - 500 }),
      filter(check),
      flow.stream('a "b"'),
    ),
  );
  await lastValueFrom(run).catch(() => undefined);
}

interface Trade {
  readonly isValid: boolean;
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
    expect(
      sampleOf(text, 'connections_total', { service, protocol: 'http', result: 'accepted' }),
    ).toBe(1);
    expect(sampleOf(text, 'eventflux_uptime_seconds', { service })).toBeGreaterThan(0);
  });

  it('A scrape with dialects changes nothing of what is there without them', async () => {
    const without = await (await start()).get('/metrics');
    await application?.close();
    const { text } = await (await start(BOTH)).get('/metrics');
    // There from the first garbage collection on, which either of the two may not have had.
    const namesOf = (it: string) =>
      [...parseTextFormat(it)]
        .map(([name, { type }]) => `${name} ${type}`)
        .filter((it) => !it.startsWith('eventcore_gc_'));
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
    expect(families.get('eventcore_commands_executed')?.type).toBe('unknown');
    expect(families.get('connections')?.type).toBe('counter');
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
      const { app, get } = await startFlux();
      await trade(app);
      const text = await get(accept);
      const series = text.split('\n').filter((it) => /^(?:query_|stream_|eventflux_)/.test(it));
      const valuesOf = (label: string) => [
        ...new Set(
          series.flatMap(
            (it) => new RegExp(`[{,]${label}="((?:[^"\\\\]|\\\\.)*)"`).exec(it)?.[1] ?? [],
          ),
        ),
      ];
      expect(valuesOf('query_id')).toEqual(['Sum \\"all\\" €']);
      expect(valuesOf('stream_name').toSorted()).toEqual(['a \\"b\\"', 'trades']);
      expect(valuesOf('output_stream')).toEqual(['a \\"b\\"']);
      expect(valuesOf('error_type')).toEqual(['TypeError']);
      for (const it of ['query', 'stream', 'pipeline', 'role']) expect(valuesOf(it)).toEqual([]);
      const unlabelled = /^query_(?!active_count)(?!.*query_id=")/;
      expect(series.filter((it) => unlabelled.test(it))).toEqual([]);
      expect(
        series.filter((it) => it.startsWith('stream_') && !it.includes('stream_name="')),
      ).toEqual([]);
    },
  );

  it('The alert of the EventFlux document on latency names the query of an application', async () => {
    const { app, get } = await startFlux();
    await trade(app);
    const { samples = [] } =
      parseTextFormat(await get('text/plain')).get('query_latency_seconds') ?? {};
    const template = parseTemplate('Query {{ $labels.query_id }} has high latency');
    const texts = samples
      .filter(({ labels, value }) => labels['quantile'] === '0.99' && value > 0.1)
      .map((it) => template.render(it, async () => []));
    expect(await Promise.all(texts)).toEqual(['Query Sum "all" € has high latency']);
  });

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
