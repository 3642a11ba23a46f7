import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  recipeFields,
  recipeNames,
  recipeText,
  timeFormats,
  timePattern,
} from '../../contract/log-recipes.js';
import { HttpReceiver } from '../../contract/otlp/http-receiver.js';
import { poll } from '../../system/poll.js';
import { RunningShop } from '../../system/running-shop.js';

interface ShopLine {
  readonly timestamp: string;
  readonly level: string;
  readonly target: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly span?: { readonly trace_id?: string; readonly span_id?: string };
}

const PROJECTIONS = ['inventory_levels', 'order_summary'];

describe('the log of the shop', () => {
  const file = join(mkdtempSync(join(tmpdir(), 'shop-')), 'shop.log');
  let receiver: HttpReceiver;
  let shop: RunningShop;

  const lines = (): ShopLine[] =>
    readFileSync(file, 'utf8')
      .split('\n')
      .filter((it) => it !== '')
      .map((it) => JSON.parse(it) as ShopLine);

  beforeAll(async () => {
    receiver = await new HttpReceiver().open();
    shop = await RunningShop.start({
      TRAFFIC: '0',
      FAULT_RATE: '0',
      LOG_FILE: file,
      LOG_LEVEL: 'debug',
      LOG_FORMAT: 'json',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '200',
    });
  }, 120_000);

  afterAll(async () => {
    await shop?.stop();
    await receiver?.close();
  });

  it('The log of the shop shows for one trace id the command, its append and its projections, with the id and duration of the span of the command', async () => {
    await fetch(`${shop.url}/orders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ sku: 'espresso-beans', quantity: 1 }),
    });
    const ofTrace = await poll(
      async () => {
        const all = lines();
        const command = all.find(({ message }) => message === 'Command executed successfully');
        const traceId = command?.span?.trace_id;
        const found = all.filter(({ span }) => traceId !== undefined && span?.trace_id === traceId);
        const applied = found.filter(({ message }) => message === 'Event applied');
        return applied.length >= PROJECTIONS.length ? found : undefined;
      },
      { what: 'the lines of one trace', timeoutMs: 30_000 },
    );
    const messages = ofTrace.map(({ message }) => message);
    expect(messages).toEqual(
      expect.arrayContaining([
        'Starting command execution',
        'Writing events to store',
        'Events written successfully',
      ]),
    );
    const handled = ofTrace.filter(({ message }) => message === 'Event applied');
    expect(handled.map(({ fields }) => fields['projection_name']).toSorted()).toEqual(PROJECTIONS);
    const command = ofTrace.find(({ message }) => message === 'Command executed successfully');
    expect(command?.fields).toMatchObject({
      command_type: 'PlaceOrder',
      outcome: 'success',
      events_written: 1,
    });
    const span = await poll(
      async () => receiver.spans.find(({ spanId }) => spanId === command?.span?.span_id),
      { what: 'the span of the command', timeoutMs: 30_000 },
    );
    expect(span.name).toBe('command PlaceOrder');
    const spanNs = BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano);
    expect(command?.fields['duration_ms']).toBeCloseTo(Number(spanNs) / 1e6, 2);
  });

  it.each(recipeNames())(
    'A line of the shop has each member that the recipe %s reads, and its time in the form that the recipe parses',
    (name) => {
      const line = lines().find(({ message }) => message === 'Command executed successfully');
      const fields = recipeFields(name);
      expect(fields.length).toBeGreaterThan(0);
      for (const path of fields) {
        const value = path.reduce<unknown>((it, key) => (it as Record<string, unknown>)[key], line);
        expect(value, path.join('.')).toEqual(expect.anything());
      }
      for (const it of timeFormats(name)) expect(line?.timestamp).toMatch(timePattern(it));
    },
  );

  it('The recipe for the Collector maps each level that the shop writes', () => {
    const mapping = recipeText('collector.yaml').matchAll(/^ {12}\w+: ([A-Z]+)$/gm);
    const mapped = [...mapping].map(([, level]) => level);
    for (const { level } of lines()) expect(mapped).toContain(level);
  });
}, 150_000);
