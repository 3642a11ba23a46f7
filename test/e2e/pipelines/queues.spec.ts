import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import { Controller, Injectable } from '@nestjs/common';
import { type ClientProxy, ClientsModule, EventPattern, Transport } from '@nestjs/microservices';
import { connect, headers, type Msg } from '@nats-io/transport-node';
import { context, propagation, SpanKind } from '@opentelemetry/api';
import type { Job, Queue } from 'bullmq';
import { lastValueFrom, type Observable, of, Subject } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { type EventPipeline, Pipelines, pipelines } from '../../../lib/pipelines/index.js';
import { injectIntoJobData } from '../../../lib/tracing/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { poll } from '../../system/poll.js';
import { registerTracing } from '../../unit/tracing/context/registered-tracing.js';
import { RunningApplication } from '../module/running-application.js';
import { hasBroker, SharedBrokers } from '../tracing-context/running-broker.js';

interface Trade {
  readonly n: number;
}

const TRADES = 20;

/** Operators of a pipeline, which each message or a whole stream of them may pass. */
function chainOf(flow: EventPipeline) {
  const operators = [
    flow.stream<Trade>('in'),
    flow.concatMap('enrich', async (trade: Trade) => ({ ...trade, sector: 'tech' })),
    flow.stream<Trade>('out'),
  ] as const;
  return (trades: Observable<Trade>) => trades.pipe(...operators);
}

let tracing: ReturnType<typeof registerTracing>;
const running: { close(): unknown }[] = [];
const brokers = new SharedBrokers();

beforeEach(() => {
  tracing = registerTracing();
});
afterEach(async () => {
  for (const it of running.splice(0).toReversed()) await it.close();
  await tracing.stop();
});
afterAll(() => brokers.stop());

/** Sends each trade in a trace of its own. */
async function order(send: (trade: Trade) => unknown): Promise<void> {
  for (let n = 0; n < TRADES; n++) {
    await tracing.tracer.startActiveSpan(`order ${n}`, async (span) => {
      await send({ n });
      span.end();
    });
  }
}

/** Returns the names from each span of that name up to its root, once there are as many as trades. */
async function chains(name: string): Promise<string[][]> {
  const ended = async () => {
    const found = tracing.spans().filter((it) => it.name === name);
    const orders = tracing.spans().filter((it) => it.name.startsWith('order '));
    return found.length + orders.length === 2 * TRADES ? found : undefined;
  };
  const found = await poll(ended, { what: name, timeoutMs: 10_000 });
  const byId = new Map(tracing.spans().map((it) => [it.spanContext().spanId, it]));
  return found
    .map((it) => {
      const names: string[] = [];
      for (let span: typeof it | undefined = it; span !== undefined;) {
        names.push(span.name);
        span = byId.get(span.parentSpanContext?.spanId ?? '');
      }
      return names;
    })
    .toSorted((a, b) => (a.at(-1) ?? '').localeCompare(b.at(-1) ?? '', 'en', { numeric: true }));
}

const expected = (...names: string[]) =>
  Array.from({ length: TRADES }, (_, n) => [...names, `order ${n}`]);

/** Returns the events of a pipeline: received, emitted, and those of its stage that are worked on or wait. */
async function counts(application: RunningApplication, pipeline: string) {
  const { text } = await application.get('/metrics');
  const of1 = (name: string, more = {}) =>
    sampleOf(text, `eventcore_pipeline_${name}`, { pipeline, ...more });
  const stage = { stage: 'enrich' };
  return [
    of1('events_received_total'),
    of1('events_emitted_total'),
    of1('stage_concurrent', stage),
    of1('stage_waiting', stage),
  ];
}

describe.skipIf(!hasBroker('nats'))('messages of NATS that a pipeline receives', () => {
  let servers = '';

  beforeAll(async () => {
    servers = `nats://127.0.0.1:${(await brokers.get('nats')).port}`;
  });

  async function start() {
    @Controller()
    class Trades {
      readonly #trades = new Subject<Trade>();
      readonly #chain;

      constructor(all: Pipelines) {
        this.#chain = chainOf(all.pipeline('each'));
        const flow = all.pipeline('live');
        flow.run(chainOf(flow)(this.#trades)).subscribe();
      }

      @EventPattern('each')
      each(trade: Trade) {
        return this.#chain(of(trade));
      }

      @EventPattern('live')
      live(trade: Trade) {
        this.#trades.next(trade);
      }
    }

    const nats = { transport: Transport.NATS, options: { servers } } as const;
    const application = await RunningApplication.start({
      imports: [
        ObservabilityModule.forRoot({ plugins: [pipelines()] }),
        ClientsModule.register([{ name: 'SENDER', ...nats }]),
      ],
      controllers: [Trades],
      configure: (app) => void app.connectMicroservice(nats),
    });
    running.push(application);
    await application.app.startAllMicroservices();
    const client = application.app.get<ClientProxy>('SENDER');
    await client.connect();
    return { application, client };
  }

  it.each(['each', 'live'] as const)(
    'Work in the traces of their senders, whether a handler returns the chain (each) or feeds a subject (live): %s',
    async (pattern) => {
      const { application, client } = await start();
      await order((trade) => lastValueFrom(client.emit(pattern, trade), { defaultValue: 0 }));
      const names = ['out', 'enrich'].map((it) => `pipeline ${pattern} ${it}`);
      expect(await chains(names[0] as string)).toEqual(
        expected(...names, `pipeline ${pattern}`, `process ${pattern}`, `send ${pattern}`),
      );
      expect(await counts(application, pattern)).toEqual([TRADES, TRADES, 0, 0]);
      const spanOf = (name: string) => tracing.spans().find((it) => it.name === name);
      expect(spanOf(`pipeline ${pattern}`)).toMatchObject({
        kind: SpanKind.CONSUMER,
        attributes: { 'pipeline.name': pattern, 'stream.name': 'in' },
      });
      expect(spanOf(`pipeline ${pattern} enrich`)).toMatchObject({
        kind: SpanKind.INTERNAL,
        attributes: {
          'pipeline.name': pattern,
          'pipeline.stage': 'enrich',
          'pipeline.stage.type': 'concatMap',
        },
      });
      expect(spanOf(`pipeline ${pattern} out`)).toMatchObject({
        kind: SpanKind.PRODUCER,
        attributes: { 'pipeline.name': pattern, 'stream.name': 'out' },
      });
    },
  );

  it('Work in the traces of their senders behind a client of one’s own, by their headers', async () => {
    const { application } = await start();
    const connection = await connect({ servers });
    running.push({ close: () => connection.close() });
    const flow = application.app.get(Pipelines).pipeline('own');
    const store = flow.step('store', async (message: Msg) => message.json<Trade>().n);
    const subscription = connection.subscribe('own', { max: TRADES });
    const metadata = (message: Msg) => ({ traceparent: message.headers?.get('traceparent') });
    const loop = (async () => {
      const seen: number[] = [];
      for await (const it of flow.each(subscription, 'in', { metadata }))
        seen.push(await store(it));
      return seen;
    })();
    await order((trade) => {
      const fields: Record<string, string> = {};
      propagation.inject(context.active(), fields);
      const given = headers();
      given.set('traceparent', fields['traceparent'] ?? '');
      connection.publish('own', JSON.stringify(trade), { headers: given });
    });
    expect(await loop).toEqual(Array.from({ length: TRADES }, (_, n) => n));
    expect(await chains('pipeline own store')).toEqual(
      expected('pipeline own store', 'pipeline own'),
    );
    expect((await counts(application, 'own')).slice(0, 1)).toEqual([TRADES]);
  });
});

describe.skipIf(!hasBroker('redis'))('jobs of BullMQ that a pipeline receives', () => {
  it('Work in the traces that added them, and a job is done when the pipeline is done with it', async () => {
    @Injectable()
    @Processor('trades', { concurrency: 4 })
    class Trades extends WorkerHost {
      readonly #chain;

      constructor(all: Pipelines) {
        super();
        this.#chain = chainOf(all.pipeline('queue'));
      }

      override process({ data }: Job<Trade>) {
        return lastValueFrom(this.#chain(of(data)));
      }
    }

    const connection = { host: '127.0.0.1', port: (await brokers.get('redis')).port };
    const application = await RunningApplication.start({
      imports: [
        ObservabilityModule.forRoot({ jobs: {}, plugins: [pipelines()] }),
        BullModule.forRoot({ connection }),
        BullModule.registerQueue({ name: 'trades' }),
      ],
      providers: [Trades],
    });
    running.push(application);
    const queue = application.app.get<Queue>(getQueueToken('trades'));
    queue.on('error', () => undefined);
    application.app.get(Trades).worker.on('error', () => undefined);
    await order((trade) => queue.add('trade', injectIntoJobData(trade)));
    expect(await chains('pipeline queue out')).toEqual(
      expected('pipeline queue out', 'pipeline queue enrich', 'pipeline queue', 'job trades trade'),
    );
    expect(await counts(application, 'queue')).toEqual([TRADES, TRADES, 0, 0]);
    const done = async () => ((await queue.getCompletedCount()) === TRADES ? true : undefined);
    await poll(done, { what: 'all jobs done', timeoutMs: 5_000 });
    const [job] = await queue.getCompleted();
    expect(job?.returnvalue).toMatchObject({ sector: 'tech' });
  });
});
