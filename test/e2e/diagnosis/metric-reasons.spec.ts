import { Injectable, Logger } from '@nestjs/common';
import { afterEach, describe, expect, it } from 'vitest';
import { catalogue } from '../../../lib/metrics/index.js';
import {
  Command,
  ObservabilityModule,
  type ObservabilityService,
  Projection,
} from '../../../lib/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import { poll } from '../../system/poll.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

type Options = Parameters<typeof ObservabilityModule.forRoot>[0];

const running: RunningApplication[] = [];

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
});

async function start(options: Options = {}, providers: unknown[] = []) {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot(options)],
    providers: providers as never,
  });
  running.push(application);
  return application.service;
}

function reasonsOf(service: ObservabilityService, name: string): readonly string[] {
  return service.diagnose().metrics.find((it) => it.name === `eventcore_${name}`)?.reasons ?? [];
}

const NO_POOL = 'No provider is a connection pool of a known make: see registerPool().';
const AGGREGATOR =
  'It is recorded where aggregateCluster() or aggregateThreads() was called, and is part of the metrics served there.';

/** The missing thing in an application without handlers, by the beginning of the name; the first one that matches. */
const MISSING: readonly (readonly [RegExp, RegExp])[] = [
  [/^commands?_/, /^No handler with @Command was found .*, and startCommand\(\) was not called\.$/],
  [/^quer(y|ies)_/, /^No handler with @Query was found .*, and startQuery\(\) was not called\.$/],
  [
    /^projections?_/,
    /^No handler with @Projection was found .*, and projection\(\) was not called\.$/,
  ],
  [
    /^event_store_|^events_/,
    /^No operation has ended on a store that instrumentEventStore\(\) returned/,
  ],
  [
    /^active_streams/,
    /^No event store counts its streams: pass activeStreams to instrumentEventStore\(\)/,
  ],
  [
    /^stream_versions/,
    /^No event store has the option streamVersions of instrumentEventStore\(\)\.$/,
  ],
  [/^connection_pool_/, /^No provider is a connection pool of a known make/],
  [/^circuit_breaker_/, /^No provider is a circuit breaker of a known make/],
  [/^api_requests|^request_duration/, /^No request to an included endpoint has finished\.$/],
  [/^requests_concurrent/, /^No request to an included endpoint is in progress\.$/],
  [/^health_check_/, /^No health check has run/],
  [/^errors_total/, /^No handler or operation has failed\.$/],
  [/^error_rate_ratio/, /^No call that finished within the last minute failed\.$/],
  [/^cluster_/, /^It is recorded where aggregateCluster\(\) or aggregateThreads\(\) was called/],
  [/^observability_errors/, /^No fault has occurred inside the library\.$/],
  [/^observability_series_folded/, /^No series lookup has exceeded a limit\.$/],
  [/^observability_export/, /^No export has ended\.$/],
  [/^cpu_|^event_loop_/, /^The process has not been sampled/],
  [/^gc_/, /^Node\.js has reported no garbage collection pause/],
  [/^active_resources/, /^No resource was active at the last reading\.$/],
];

describe('a metric that shows nothing', () => {
  it.each(
    catalogue.flatMap((it) => it.metrics).map(({ name }) => [name.replace('eventcore_', '')]),
  )('The reason of %s names what an idle application lacks', async (name) => {
    const service = await start({ clock: new ManualClock() });
    const { recorded, reasons } = service
      .diagnose()
      .metrics.find((it) => it.name === `eventcore_${name}`)!;
    if (recorded) return expect(reasons).toEqual([]);
    const missing = MISSING.find(([pattern]) => pattern.test(name))?.[1];
    expect(reasons[0]).toMatch(missing!);
  });

  it('A metric that shows nothing needs no handler once a call was recorded by hand', async () => {
    const service = await start();
    service.startCommand('Import').succeed();
    expect(reasonsOf(service, 'commands_total')).toEqual([]);
    expect(reasonsOf(service, 'command_errors_total')).toEqual(['No command has failed.']);
    expect(reasonsOf(service, 'command_events')).toEqual([
      'No handler has the option events of @Command, and no startCommand() has ended with succeed(events).',
    ]);
    service.startCommand('Import').succeed(2);
    expect(reasonsOf(service, 'command_events')).toEqual([]);
  });

  it('A metric that shows nothing names the option of a decorator that it needs, and nothing more once a handler has it', async () => {
    @Injectable()
    class Plain {
      @Command('Plain')
      place(): void {}

      @Projection('plain')
      apply(): void {}
    }
    @Injectable()
    class Detailed {
      @Command({ name: 'Detailed', events: () => 1 })
      place(): void {}

      @Projection({ name: 'detailed', batch: true, eventTime: () => 0 })
      apply(_events: readonly unknown[]): void {}
    }
    const names = ['command_events', 'projection_batch_size', 'projection_latency_seconds'];
    const plain = await start({}, [Plain]);
    expect(names.map((it) => reasonsOf(plain, it)[0])).toEqual([
      expect.stringContaining('option events of @Command'),
      'No handler has the option batch of @Projection.',
      'No handler has the option eventTime of @Projection.',
    ]);
    const detailed = await start({}, [Detailed]);
    expect(names.map((it) => reasonsOf(detailed, it))).toEqual([
      ['No command that reports its events has succeeded.'],
      ['No projection has applied a batch.'],
      ['No projection has applied an event with a known time outside a rebuild.'],
    ]);
  });

  it('A metric that shows nothing has the reason streamVersions although an operation has ended, until a version is reported', async () => {
    const service = await start();
    const adapter = {
      methods: {
        append: {
          operation: 'append',
          stream: () => 'stock-mug',
          version: (result: unknown) => result as number,
        },
      },
    } as const;
    const plain = service.instrumentEventStore({ append: async () => 4 }, adapter, {});
    await plain.append();
    expect(reasonsOf(service, 'event_store_operations_total')).toEqual([]);
    expect(reasonsOf(service, 'stream_versions')).toEqual([
      'No event store has the option streamVersions of instrumentEventStore().',
    ]);
    const named = service.instrumentEventStore({ append: async () => 4 }, adapter, {
      streamVersions: ['stock-mug'],
    });
    expect(reasonsOf(service, 'stream_versions')).toEqual([
      'No operation has reported a version of a stream that streamVersions names.',
    ]);
    await named.append();
    expect(reasonsOf(service, 'stream_versions')).toEqual([]);
  });

  it('A metric that shows nothing has a reason of its own for a pool that does not answer, and for a breaker that is closed', async () => {
    const service = await start();
    expect(reasonsOf(service, 'connection_pool_size')).toEqual([NO_POOL]);
    const pool = service.registerPool('orders', () => undefined);
    expect(reasonsOf(service, 'connection_pool_size')).toEqual([
      'No connection pool reports its connections.',
    ]);
    pool.unregister();
    expect(reasonsOf(service, 'connection_pool_size')).toEqual([NO_POOL]);
    service.registerCircuitBreaker('payments', { state: () => 'closed' });
    expect(reasonsOf(service, 'circuit_breaker_state')).toEqual([
      'Each circuit breaker whose state is known is closed.',
    ]);
  });

  it('A metric that shows nothing names the options that find no pool and no breaker', async () => {
    const service = await start({ pools: false, circuitBreakers: false });
    expect(reasonsOf(service, 'connection_pool_size')).toEqual([
      'The option pools is false, and none is registered with registerPool().',
    ]);
    expect(reasonsOf(service, 'circuit_breaker_state')).toEqual([
      'The option circuitBreakers is false, and none is registered with registerCircuitBreaker().',
    ]);
  });

  it('A metric that shows nothing is at 0 when a projection has applied everything, and not unknown', async () => {
    const reading = { head: 4, checkpoint: 4, pendingEvents: 0 };
    const service = await start();
    const orders = service.projection('orders');
    orders.observe({
      head: { observe: async (scopes) => new Map(scopes.map(({ key }) => [key, reading])) },
    });
    await poll(async () => orders.progress().headObservedMs, { what: 'a look', timeoutMs: 10_000 });
    expect(reasonsOf(service, 'projection_lag_events')).toEqual([
      'Each projection whose lag is known has applied all of its events.',
    ]);
    expect(reasonsOf(service, 'projection_head_position')).toEqual([]);
  });

  it('A metric that shows nothing names each projection with the first thing that it lacks', async () => {
    const service = await start();
    service.projection('alone');
    service.projection('elsewhere').observe({ owner: () => false });
    expect(reasonsOf(service, 'projection_head_position')).toEqual([
      'Another process publishes it: elsewhere.',
      'It has no head source (option head of @Projection, or projections.head): alone.',
    ]);
    expect(reasonsOf(service, 'projection_rebuild_progress_ratio')).toEqual([
      'Another process publishes it: elsewhere.',
      'No rebuild of known length is in progress: see beginRebuild().',
    ]);
  });

  it('A metric that shows nothing is recorded elsewhere when it tells about workers and threads', async () => {
    expect(reasonsOf(await start({ http: false }), 'cluster_members')).toEqual([AGGREGATOR]);
  });
});
