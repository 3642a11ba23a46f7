import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Injectable } from '@nestjs/common';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  Command,
  EventStoreOperation,
  ObservabilityModule,
  ObservabilityService,
  Projection,
  Query,
} from '../../../lib/index.js';
import { faultComponents } from '../../../lib/kernel/faults.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from './running-application.js';

@Injectable()
class Orders {
  @Command({ name: 'PlaceOrder', outcome: () => 'maybe' as never })
  async place(): Promise<void> {
    throw new Error('no answer');
  }

  @Query('GetOrder')
  async get(): Promise<void> {}

  @Projection('orders')
  async on(_event: object): Promise<void> {}

  @EventStoreOperation('append')
  async append(): Promise<void> {}
}

async function start() {
  const application = await RunningApplication.start({
    imports: [
      ObservabilityModule.forRoot({
        exporters: [
          {
            name: 'carrier',
            open: () => ({ intervalMs: 60_000, timeoutMs: 1_000, export: async () => {} }),
          },
        ],
        // The test itself sends requests.
        outbound: false,
        plugins: [{ name: 'weather', open: () => ({}) }] as never,
      }),
    ],
    providers: [Orders],
  });
  onTestFinished(() => application.close());
  const scrape = async () => (await application.get('/metrics')).text;
  return { application, scrape, service: application.app.get(ObservabilityService) };
}

describe('a counter of a closed label set', () => {
  it('A counter of a closed label set exists with 0 at the first scrape, for each handler, component and exporter', async () => {
    const { scrape } = await start();
    const families = parseTextFormat(await scrape());
    const zeros = [...families.values()]
      .filter(({ type }) => type === 'counter')
      .flatMap(({ samples }) => samples)
      .filter(({ value }) => value === 0)
      .map(({ name, labels }) =>
        `${name} ${Object.values(labels).join(' ')}`.replace('eventcore_', ''),
      );
    expect(zeros).toEqual(
      expect.arrayContaining([
        'commands_total PlaceOrder',
        'commands_succeeded_total PlaceOrder',
        'commands_rejected_total PlaceOrder',
        'command_errors_total PlaceOrder',
        'queries_total GetOrder',
        'query_errors_total GetOrder',
        'projection_events_processed_total orders live',
        'projection_events_processed_total orders rebuild',
        'projection_events_skipped_total orders',
        'projection_errors_total orders',
        'projection_retries_total orders',
        'projection_dead_lettered_total orders',
        'event_store_operations_total append success',
        'event_store_operations_total append failure',
        'observability_exports_total carrier success',
        'observability_exports_total carrier failure',
        ...[...faultComponents, 'carrier', 'weather', 'requests', 'exporters'].map(
          (it) => `observability_errors_total ${it}`,
        ),
      ]),
    );
  });

  it('A component of a plugin, exporter or option that is not used has no series', async () => {
    const { scrape } = await start();
    const text = await scrape();
    for (const component of ['cluster', 'logging', 'otlp', 'statsd'])
      expect(text).not.toContain(`component="${component}"`);
  });

  it('A counter of a closed label set shows the first event as an increase', async () => {
    const { scrape, application } = await start();
    const faults = (text: string) =>
      sampleOf(text, 'eventcore_observability_errors_total', { component: 'classifier' });
    expect(faults(await scrape())).toBe(0);
    await application.app
      .get(Orders)
      .place()
      .catch(() => undefined);
    expect(faults(await scrape())).toBe(1);
  });

  it('The list of fault components has each component that the library reports a fault under, except rooms that report under their own name', () => {
    const lib = join(import.meta.dirname, '../../../lib');
    const files = readdirSync(lib, { recursive: true, encoding: 'utf8' });
    const named = files
      .filter((it) => it.endsWith('.ts'))
      .flatMap((file) => {
        const source = readFileSync(join(lib, file), 'utf8');
        return [
          ...source.matchAll(/[fF]aults(?:\(\))?\??\.report\(\s*'([^']+)'/g),
          ...source.matchAll(/#guard\('([^']+)'/g),
          ...source.matchAll(/^const COMPONENT = '([^']+)'/gm),
        ]
          .map(([, component]) => component as string)
          .filter((it) => !file.startsWith(join(it, '/')));
      });
    expect(new Set(named).size).toBeGreaterThan(20);
    const known: readonly unknown[] = faultComponents;
    expect(named.filter((it) => !known.includes(it))).toEqual([]);
  });
});

@Injectable()
class IdleOrders {
  @Command('PlaceOrder')
  place(): void {}

  @Query('GetOrder')
  get(): void {}

  @Projection('orders')
  async on(_event: object): Promise<void> {}
}

/** Samples of the histogram of collector pauses, which appear as the collector runs. */
const COLLECTOR_PAUSES = 52;

describe('an idle application with three handlers', () => {
  it('An idle application with three handlers exposes at most 250 samples, none of a histogram, and not more at each scrape', async () => {
    const application = await RunningApplication.start({
      // The test itself sends requests.
      imports: [ObservabilityModule.forRoot({ outbound: false })],
      providers: [IdleOrders],
    });
    onTestFinished(() => application.close());
    const read = async () => {
      const { text } = await application.get('/metrics');
      const lines = text.split('\n').filter((it) => it !== '' && !it.startsWith('#'));
      return lines.filter((it) => !it.includes('_gc_duration_seconds'));
    };
    const first = await read();
    expect(first.length + COLLECTOR_PAUSES).toBeLessThanOrEqual(250);
    expect(first.filter((it) => /^eventcore_\w+_bucket/.test(it))).toEqual([]);
    await read();
    const [third, fourth] = [await read(), await read()];
    expect(fourth.length).toBe(third.length);
    // The scrapes have made the histogram of their own duration.
    expect(third.filter((it) => it.includes('_bucket') && !it.includes('export_duration'))).toEqual(
      [],
    );
  });
});
