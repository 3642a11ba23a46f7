import { Controller, Get, Inject, Injectable, NotFoundException, Param } from '@nestjs/common';
import pg from 'pg';
import { expect } from 'vitest';
import {
  Command,
  currentObservation,
  type Diagnosis,
  ObservabilityService,
  Projection,
  Query,
} from '../../../lib/index.js';
import { alerting, type AlertReceiver } from '../../../lib/alerting/index.js';
import { databases } from '../../../lib/integrations/databases/index.js';
import { logging, type LogSink } from '../../../lib/logging/index.js';
import type { CircuitBreakerSource, CircuitBreakerState } from '../../../lib/metrics/index.js';
import type { HeadSource, ProjectionScope } from '../../../lib/projections/index.js';
import { genAi, machineLearning, mesh } from '../../../lib/packs/index.js';
import { pipelines } from '../../../lib/pipelines/index.js';
import { history } from '../../../lib/query/index.js';
import { usage } from '../../../lib/usage/index.js';
import { poll } from '../../system/poll.js';
import type { RunningApplication } from './running-application.js';
import { hold } from './held-work.js';
import { clock, jobModules, Mail, runJobs } from './work-of-jobs.js';
import { graphqlModule, LiveGateway, sendMessages } from './work-of-messages.js';
import { askModels } from './work-of-models.js';
import { runPipelines } from './work-of-pipelines.js';

export { clock } from './work-of-jobs.js';

/** Modules whose work is observed. */
export const workModules = [...jobModules, graphqlModule];

/** What a business rule says. */
export class Refused extends Error {}

/** A sink that holds on to one line and gives up the others. */
const fullSink: LogSink = {
  name: 'full',
  open: ({ dropped }) => ({
    bufferedBytes: 100,
    write: () => dropped('overflow', 1),
    flush: async () => {},
    close: async () => {},
  }),
};

/** A receiver that does not answer. */
const hanging: AlertReceiver = {
  name: 'hanging',
  open: () => ({ send: () => new Promise(() => {}) }),
};

/** A receiver that takes what it gets. */
const taking: AlertReceiver = { name: 'taking', open: () => ({ send: async () => {} }) };

/** Lines of the work, for a sink that gives them up, and a history of its metrics. */
export const plugins = [
  logging({ level: 'info', sinks: [fullSink] }),
  history({ intervalMs: 1_000 }),
  databases(),
  alerting({
    intervalMs: 100,
    groupWait: '0s',
    shipped: false,
    rules: [{ name: 'Working', query: 'vector(1)' }],
    receivers: [taking, hanging],
  }),
  pipelines(),
  usage({ cpu: 'always' }),
  mesh(),
  genAi(),
  machineLearning(),
];

@Controller('orders')
export class OrdersController {
  constructor(@Inject(ObservabilityService) private readonly service: ObservabilityService) {}

  @Get('diagnosis')
  diagnosis(): Diagnosis {
    return this.service.diagnose();
  }

  @Get('held')
  async held(): Promise<void> {
    await hold();
  }

  @Get(':id')
  async one(@Param('id') id: string): Promise<string> {
    clock.advance(40);
    if (id === 'missing') throw new NotFoundException();
    if (id === 'broken') throw new Error('broken');
    return 'order';
  }
}

interface OrderEvent {
  readonly recordedMs: number;
}

/** A log of ten events, of which the projection has applied four. */
@Injectable()
export class OrderLog implements HeadSource {
  async observe(scopes: readonly ProjectionScope[]) {
    const oldestPendingMs = clock.wallMs() - 30_000;
    const reading = { head: 10, checkpoint: 4, pendingEvents: 6, oldestPendingMs };
    return new Map(scopes.map(({ key }) => [key, reading]));
  }
}

@Injectable()
class BrokenLog implements HeadSource {
  async observe(): Promise<never> {
    throw new Error('gone');
  }
}

@Injectable()
class Work {
  @Command({ name: 'PlaceOrder', context: true, events: (result) => result as number })
  async place(end: 'well' | 'refused' | 'badly'): Promise<number> {
    clock.advance(20);
    if (end === 'refused') throw new Refused();
    if (end === 'badly') throw new Error('badly');
    currentObservation()?.retry(new Error('once more'));
    return 3;
  }

  @Command({
    name: 'BreakHook',
    events: () => {
      throw new Error('hook');
    },
  })
  async breakHook(): Promise<void> {}

  @Query('Report')
  async report(end: 'well' | 'badly'): Promise<void> {
    clock.advance(20);
    if (end === 'badly') throw new Error('badly');
  }

  @Projection({
    name: 'Orders',
    batch: true,
    head: OrderLog,
    eventTime: (event) => (event as OrderEvent).recordedMs,
  })
  async list(_events: readonly OrderEvent[]): Promise<void> {
    clock.advance(20);
  }

  @Projection({ name: 'Revenue', context: true, head: BrokenLog })
  async apply(end: 'well' | 'badly'): Promise<void> {
    clock.advance(20);
    currentObservation()?.retry(new Error('once more'));
    if (end === 'badly') throw new Error('badly');
  }
}

/** A breaker that opened, and then refused a call. */
function openedBreaker(): CircuitBreakerSource {
  let state: CircuitBreakerState = 'closed';
  return {
    state: () => state,
    listen: (listener) => {
      listener.moved((state = 'open'));
      listener.rejected();
      return () => undefined;
    },
  };
}

/** A check that takes a while. */
export const health = { checks: [{ name: 'orders_log', check: () => clock.advance(10) }] };

/** A database that does not answer. */
const stock = new pg.Pool({ connectionString: 'postgresql://shop@127.0.0.1:1/stock' });

/** Who does the work. */
export const providers = [
  Mail,
  Work,
  OrderLog,
  BrokenLog,
  LiveGateway,
  { provide: 'STOCK', useValue: stock },
];

/** Calls the handlers, jobs and the event store, well and badly. */
export async function callHandlers(application: RunningApplication): Promise<void> {
  const { app, service } = application;
  const work = app.get(Work);
  await work.place('well');
  await work.breakHook();
  for (const act of [
    () => work.place('refused'),
    () => work.place('badly'),
    () => work.report('badly'),
    () => work.apply('badly'),
  ])
    await expect(act()).rejects.toThrow();
  await work.report('well');
  await work.apply('well');
  await work.list([{ recordedMs: clock.wallMs() - 500 }, { recordedMs: clock.wallMs() - 250 }]);
  const runner = service.projection('Revenue');
  runner.skipped();
  runner.deadLettered(2);
  service.startEventStoreOperation('append', 'order').succeed({ events: 2 });
  service.startEventStoreOperation('read', 'order').succeed({ events: 5 });
  const append = service.startEventStoreOperation('append', 'order');
  clock.advance(5);
  append.fail(new Error('moved on'), { conflict: true });
  await expect(stock.query('select 1')).rejects.toThrow();
  await runJobs(application);
  await sendMessages(application);
  await runPipelines(application);
  await askModels(application);
}

/** Does one thing of every kind; none of it looks into a metric. */
export async function workFor(application: RunningApplication): Promise<void> {
  const { service } = application;
  const orders = service.projection('Orders');
  // The first look comes right after the start.
  await poll(async () => orders.progress().headObservedMs, { what: 'a look', timeoutMs: 5_000 });
  await callHandlers(application);
  orders.beginRebuild(10);
  orders.checkpoint(0);
  clock.advance(1_000);
  orders.checkpoint(4);
  // The lag is unknown until a look that began after the rebuild.
  const isKnown = async () => orders.progress().lagEvents;
  await poll(isKnown, { what: 'a look after the rebuild', timeoutMs: 15_000 });
  service.registerPool('orders', { size: 3, available: 1, maxSize: 5, pending: 2 });
  service.registerCircuitBreaker('payments', openedBreaker());
  const counted = { count: async () => 1 };
  const store = service.instrumentEventStore(
    counted,
    {
      methods: {
        count: { operation: 'count', effect: 'none', stream: () => 'stock-mug', version: () => 4 },
      },
    },
    { activeStreams: async () => 7, streamVersions: ['stock-mug'] },
  );
  await store.count();
  const gauge = service.gauge({
    name: 'shop_load_ratio',
    help: 'Load.',
    labels: ['n'],
    seriesLimit: 1,
  });
  for (const n of [1, 2, 3]) gauge.labels({ n }).set(1);
  globalThis.gc?.();
  clock.advance(2_000);
}
