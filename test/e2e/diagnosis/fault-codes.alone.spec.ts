import { Injectable, Logger } from '@nestjs/common';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pg from 'pg';
import { Counter, register as promClientRegistry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  Command,
  ObservabilityModule,
  ObservabilityService,
  Projection,
} from '../../../lib/index.js';
import { otlp } from '../../../lib/exporters/otlp/index.js';
import { faultCodes } from '../../../lib/kernel/errors/fault-codes.js';
import { fileSink, logging, lokiSink, ObservabilityLogger } from '../../../lib/logging/index.js';
import { emmettTables, PostgresProgress } from '../../../lib/projections/index.js';
import { startTelemetry } from '../../../lib/tracing/start-up/start-telemetry.js';
import { freePort } from '../../system/free-port.js';
import { poll } from '../../system/poll.js';
import { RunningApplication } from '../module/running-application.js';

@Injectable()
class Orders {
  @Command({ name: 'Place', labels: { tenant: thrown } })
  place(): void {}

  @Command('Cancel')
  cancel(): never {
    throw new Error('gone');
  }

  @Projection({ name: 'summary', filter: { eventTypes: ['Placed'] } })
  async apply(_event: { readonly recordedAt: Date }): Promise<void> {}

  @Projection({ name: 'orders_by_day', eventTime: ({ recordedAt }) => recordedAt })
  async count(_event: { readonly recordedAt: Date }): Promise<void> {}
}

function thrown(): never {
  throw new Error('hook of the application');
}

/** Provokes faults in one application, each by its real cause. */
describe('a fault at run time', () => {
  const warnings: string[] = [];
  let application: RunningApplication;
  let service: ObservabilityService;
  const ending: (() => unknown)[] = [];

  beforeAll(async () => {
    vi.spyOn(Logger.prototype, 'warn').mockImplementation((it) => void warnings.push(String(it)));
    const closed = `http://127.0.0.1:${await freePort()}`;
    const refusing = createServer((_request, response) => void response.writeHead(400).end());
    await new Promise<void>((resolve) => void refusing.listen(0, '127.0.0.1', resolve));
    ending.push(() => refusing.close());
    const refusingUrl = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}`;
    const telemetry = await startTelemetry({
      exporter: { type: 'otlp', endpoint: closed, timeoutMs: 300 },
      batch: { delayMs: 100 },
      warn: () => undefined,
    });
    ending.push(() => telemetry.shutdown());
    const database = new pg.Pool({ connectionString: closed.replace('http:', 'postgres:') });
    ending.push(() => database.end());
    const push = { intervalMs: 1_000, timeoutMs: 500 };
    application = await RunningApplication.start({
      imports: [
        ObservabilityModule.forRoot({
          errorCategory: thrown,
          handlerLabels: { tenant: ['north'] },
          cardinality: { perMetric: { shop_visits_total: { seriesLimit: 2 } } },
          exporters: [
            otlp({ ...push, endpoint: closed }),
            { ...otlp({ ...push, endpoint: refusingUrl }), name: 'refused' },
          ],
          projections: { head: 'HEAD', periodMs: 100 },
          plugins: [
            logging({ sinks: [lokiSink({ url: closed }), fileSink({ path: '/dev/full' })] }),
            { name: 'broken', options: {}, started: thrown } as never,
          ],
        }),
      ],
      providers: [
        Orders,
        { provide: 'HEAD', useValue: new PostgresProgress(database, emmettTables()) },
      ],
    });
    ending.push(() => application.close());
    service = application.app.get(ObservabilityService);
    await provoke();
  });

  afterAll(async () => {
    for (const end of ending.toReversed()) await end();
    promClientRegistry.clear();
    vi.restoreAllMocks();
  });

  async function provoke(): Promise<void> {
    const orders = application.app.get(Orders);
    orders.place();
    expect(() => orders.cancel()).toThrow('gone');
    await orders.apply({ recordedAt: new Date() });
    await orders.count({ recordedAt: new Date(Date.now() + 3_600_000) });
    await orders.count({ recordedAt: 'yesterday' as never });
    service.registerPool('broken', thrown);
    const adapter = { methods: { record: { operation: 'append' } } } as const;
    service.instrumentEventStore({ record: () => undefined }, adapter, {
      activeStreams: thrown,
      activeStreamsIntervalMs: 1_000,
    });
    application.app.get(ObservabilityLogger).info('a line');
    const visits = service.counter({ name: 'shop_visits_total', help: 'V.', labels: ['visitor'] });
    for (const visitor of ['a', 'b', 'c']) visits.labels({ visitor }).inc();
    service.gauge({ name: 'shop_load_ratio', help: 'L.' }).set(Number.NaN);
    new Counter({ name: 'shop_visits_total', help: 'A second owner.' }).inc();
    await service.gather();
  }

  const faultOf = (code: string) => service.diagnose().faults.find((it) => it.code === code);

  it.each([
    ['an exporter with a closed port', 'OBS_EXPORTER_UNREACHABLE', 'otlp_metrics'],
    ['an exporter whose target refuses', 'OBS_EXPORTER_FAILED', 'refused'],
    ['a span exporter with a closed port', 'OBS_SPAN_EXPORT_FAILED', 'span_export'],
    ['a log store with a closed port', 'OBS_LOG_SINK_UNAVAILABLE', 'logging'],
    ['a log file on a full disk', 'OBS_LOG_SINK_FULL', 'logging'],
    ['a head source without its database', 'OBS_PROGRESS_SOURCE_UNAVAILABLE', 'projection_sources'],
    ['a hook that throws', 'OBS_HOOK_FAILED', 'classifier'],
    ['a label that throws', 'OBS_LABELS_INVALID', 'labels'],
    ['a value that is not finite', 'OBS_OBSERVATION_REFUSED', 'metrics'],
    ['a metric beyond its series limit', 'OBS_SERIES_LIMIT', 'cardinality'],
    ['a metric of two owners', 'OBS_METRIC_DUPLICATE', 'prometheus'],
    ['a pool that cannot be read', 'OBS_RESOURCE_UNREADABLE', 'connection_pool'],
    ['a store that counts no streams', 'OBS_EVENT_STORE_UNREADABLE', 'active_streams'],
    ['an event from the future', 'OBS_CLOCK_SKEW', 'clock_skew'],
    ['an event without a time', 'OBS_TIME_INVALID', 'event_time'],
    ['a plugin that throws', 'OBS_PLUGIN_FAILED', 'broken'],
  ])('A diagnosis names the cause and remedy of %s', async (_fault, code, component) => {
    const found = await poll(async () => faultOf(code), { what: code, timeoutMs: 10_000 });
    expect(found).toMatchObject({ component, count: expect.any(Number) });
    const { cause, remedy } = found;
    if (code in faultCodes)
      expect({ cause, remedy }).toEqual({
        cause: faultCodes[code as 'OBS_HOOK_FAILED'].cause,
        remedy: faultCodes[code as 'OBS_HOOK_FAILED'].remedy,
      });
  });

  it('The explanation of a metric quotes the fault that keeps it away', async () => {
    const reasons = await poll(
      async () => {
        const found = service.diagnose('eventcore_projection_lag_seconds').reasons.join('\n');
        return found.includes('see faults') ? found : undefined;
      },
      { what: 'reason', timeoutMs: 10_000 },
    );
    const { cause, remedy } = faultCodes.OBS_PROGRESS_SOURCE_UNAVAILABLE;
    expect(reasons).toMatch(/^OBS_PROGRESS_SOURCE_UNAVAILABLE in projection_sources, \d+ times/m);
    expect(reasons).toContain(`${cause} ${remedy}`);
    // The other faults of this application do not explain it.
    expect(reasons.match(/OBS_\w+/g)).toEqual(['OBS_PROGRESS_SOURCE_UNAVAILABLE']);
  });

  it('The log line of a fault ends in its code, cause and remedy', () => {
    const { cause, remedy } = faultCodes.OBS_HOOK_FAILED;
    expect(warnings).toContain(
      `classifier: Error: hook of the application. OBS_HOOK_FAILED: ${cause} ${remedy} (next report in a minute)`,
    );
  });
});
