import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpReceiver } from '../../contract/otlp/http-receiver.js';
import type { ReceivedSpan } from '../../contract/otlp/received-span.js';
import { poll } from '../../system/poll.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { RunningShop } from '../../system/running-shop.js';
import { systemProgram } from '../../system/system-program.js';

const ORDERS = 200;
const PROJECTIONS = ['projection inventory_levels', 'projection order_summary'];

describe('the shop in one process', () => {
  let receiver: HttpReceiver;
  let shop: RunningShop;

  beforeAll(async () => {
    receiver = await new HttpReceiver().open();
    shop = await RunningShop.start({ TRAFFIC: '0', FAULT_RATE: '0', ...telemetryTo(receiver) });
  }, 120_000);

  afterAll(async () => {
    await shop?.stop();
    await receiver?.close();
  });

  it('The shop in one process has one trace from the request through command and append to the projections', async () => {
    await placeOrder(shop.url);
    const trace = await poll(async () => completeTraces(receiver.spans)[0], {
      what: 'a complete trace',
      timeoutMs: 30_000,
    });
    const byName = new Map(trace.map((it) => [it.name, it]));
    const request = byName.get('POST /orders');
    const command = byName.get('command PlaceOrder');
    expect(request?.parentSpanId).toBe('');
    expect(command?.parentSpanId).toBe(request?.spanId);
    expect(byName.get('event_store append')?.parentSpanId).toBe(command?.spanId);
    for (const name of PROJECTIONS) expect(byName.get(name)?.parentSpanId).toBe(command?.spanId);
  });
}, 150_000);

// Needs Debian's postgresql.
describe.skipIf(systemProgram('postgres') === undefined)(
  'the shop in two processes',
  () => {
    let receiver: HttpReceiver;
    let database: RunningPostgres;
    let api: RunningShop;
    let projector: RunningShop;
    let settings: Record<string, string>;

    beforeAll(async () => {
      receiver = await new HttpReceiver().open();
      database = await RunningPostgres.start();
      settings = {
        DATABASE_URL: database.url,
        TRAFFIC: '0',
        FAULT_RATE: '0',
        ...telemetryTo(receiver),
      };
      [api, projector] = await Promise.all([
        RunningShop.start({ ...settings, SHOP_ROLE: 'api' }),
        RunningShop.start({ ...settings, SHOP_ROLE: 'projector' }),
      ]);
    }, 120_000);

    afterAll(async () => {
      await Promise.all([api?.stop(), projector?.stop()]);
      await database?.stop();
      await receiver?.close();
    });

    it(`The shop in two processes completes the trace of each of ${ORDERS} orders placed under load`, async () => {
      for (let placed = 0; placed < ORDERS; placed += 20) {
        await Promise.all(Array.from({ length: 20 }, () => placeOrder(api.url)));
      }
      const traces = await poll(
        async () => {
          const complete = completeTraces(receiver.spans);
          return complete.length >= ORDERS ? complete : undefined;
        },
        { what: `${ORDERS} complete traces`, timeoutMs: 60_000 },
      );
      expect(traces).toHaveLength(ORDERS);
      const [trace = []] = traces;
      const instances = new Set(trace.map((it) => it.resource['service.instance.id']));
      expect(instances.size).toBe(2);
    });

    it('The shop in two processes links what waited longer than the limit while the projector was away', async () => {
      await projector.kill();
      const before = completeTraces(receiver.spans).length;
      await placeOrder(api.url);
      projector = await RunningShop.start({
        ...settings,
        SHOP_ROLE: 'projector',
        TRACE_AGE_LIMIT_MS: '0',
      });
      const linked = await poll(
        async () => {
          const spans = receiver.spans.filter((it) => PROJECTIONS.includes(it.name));
          const late = spans.filter((it) => it.links.length > 0);
          return late.length >= PROJECTIONS.length ? late : undefined;
        },
        { what: 'linked projections', timeoutMs: 60_000 },
      );
      const commands = new Map(
        receiver.spans
          .filter(({ name }) => name === 'command PlaceOrder')
          .map((it) => [it.spanId, it]),
      );
      for (const span of linked) {
        expect(span.parentSpanId).toBe('');
        const command = commands.get(span.links[0]?.spanId ?? '');
        expect(command).toBeDefined();
        expect(span.traceId).not.toBe(command?.traceId);
      }
      expect(completeTraces(receiver.spans)).toHaveLength(before);
    });
  },
  240_000,
);

function telemetryTo(receiver: HttpReceiver): Record<string, string> {
  return { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_BSP_SCHEDULE_DELAY: '200' };
}

async function placeOrder(url: string): Promise<void> {
  const response = await fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ sku: 'espresso-beans', quantity: 1 }),
  });
  expect(response.status).toBe(201);
}

/** The traces of orders that have every span from the request to the last projection, each once. */
function completeTraces(spans: readonly ReceivedSpan[]): ReceivedSpan[][] {
  const byTrace = new Map<string, ReceivedSpan[]>();
  for (const span of spans) {
    const trace = byTrace.get(span.traceId) ?? [];
    trace.push(span);
    byTrace.set(span.traceId, trace);
  }
  const wanted = ['POST /orders', 'command PlaceOrder', 'event_store append', ...PROJECTIONS];
  return [...byTrace.values()].filter((trace) =>
    wanted.every((name) => trace.filter((it) => it.name === name).length === 1),
  );
}
