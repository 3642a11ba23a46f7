import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Writable } from 'node:stream';
import { types } from 'node:util';
import { context, ROOT_CONTEXT, type SpanContext } from '@opentelemetry/api';
import { Test } from '@nestjs/testing';
import { AlertEngine } from '../../../lib/alerting/index.js';
import type { INestApplication } from '@nestjs/common';
import { bufferCount, Observable, of, type OperatorFunction } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageEntries } from '../../../scripts/package-entries.mjs';
import {
  ApplicationDrain,
  ObservabilityModule,
  ObservabilityService,
  ProjectionStatus,
} from '../../../lib/index.js';
import {
  createNestLogger,
  LogStore,
  logContext,
  logging,
  ObservabilityLogger,
  streamSink,
  withLogContext,
} from '../../../lib/logging/index.js';
import {
  history,
  MetricHistory,
  MetricQueries,
  PerformanceMonitor,
} from '../../../lib/query/index.js';
import * as microservices from '../../../lib/integrations/microservices/index.js';
import { GenAi, genAi, MachineLearning, machineLearning } from '../../../lib/packs/index.js';
import { Pipelines, pipelines } from '../../../lib/pipelines/index.js';
import { emmettStreamCount } from '../../../lib/integrations/event-store/index.js';
import { EmmettMemoryProgress } from '../../../lib/projections/index.js';
import * as stores from '../../../lib/tracing/store/index.js';
import * as tracing from '../../../lib/tracing/index.js';
import { anyValues, expectNothingUnhandled, settled } from './hostile-values.js';

type Call = (value: never) => unknown;

let app: INestApplication;
let service: ObservabilityService;

beforeAll(async () => {
  const lines = logging({ level: 'trace', sinks: [streamSink(nowhere)], store: true });
  const plugins = [lines, history(), pipelines(), genAi(), machineLearning()];
  const imports = [ObservabilityModule.forRoot({ plugins })];
  app = (await Test.createTestingModule({ imports }).compile()).createNestApplication({
    logger: false,
  });
  await app.init();
  service = app.get(ObservabilityService);
});

afterAll(async () => {
  await app.close();
});

const metric = { help: 'Fuzzed.', labels: ['place'] } as const;
const counter = () => service.counter({ ...metric, name: 'fuzz_total' });
const gauge = () => service.gauge({ ...metric, name: 'fuzz_level' });
const histogram = () => service.histogram({ ...metric, name: 'fuzz_seconds', unit: 'seconds' });
const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
const nestLogger = createNestLogger({ sinks: [streamSink(nowhere)] });
const logger = () => app.get(ObservabilityLogger);
const projection = () => service.projection('fuzzed');
const carrier = (shape: tracing.MetadataShape<object>) => new tracing.TraceContextCarrier(shape);

const producer: SpanContext = { traceId: '1'.repeat(32), spanId: '2'.repeat(16), traceFlags: 1 };
const produced = { producer, recordedAtMs: 1 };
const policy = new tracing.LinkPolicy({ wallMs: () => 2 });
const flow = () => app.get(Pipelines).pipeline('fuzzed');
const passing = <T, R>(event: T, operator: OperatorFunction<T, R>) =>
  void new Observable<T>((it) => it.next(event))
    .pipe(operator)
    .subscribe({ error: () => undefined });
const settle = (result: unknown) => {
  if (types.isPromise(result)) result.catch(() => undefined);
};
const noOrigin = { parent: undefined, root: false, links: [], attributes: {} };

/** Runs a request through the middleware; its work goes on once, whatever the options are. */
function handled(options: tracing.HttpTraceOptions): void {
  const request = { method: 'GET', url: '/', headers: {}, httpVersion: '1.1', socket: {} };
  const response = new EventEmitter();
  let count = 0;
  tracing.traceContext(options)(request as IncomingMessage, response as ServerResponse, () => {
    count++;
  });
  response.emit('finish');
  expect(count).toBe(1);
}

/** Calls that an application makes in the middle of its work, by the export that they belong to: none of them throws. */
const recording: Readonly<Record<string, readonly Call[]>> = {
  ObservabilityService: [
    (it) => service.startCommand(it).succeed(),
    (it) => service.startQuery(it).succeed(),
    (it) => service.job(it, it).run(() => 'done'),
    (it) => service.startEventStoreOperation(it, it).succeed(),
    (it) => service.projection(it).polled(),
    (it) => service.getMetric(it),
    (it) => service.diagnose(it),
  ],
  ManualCall: [
    (it) => service.startCommand('Fuzz').succeed(it),
    (it) => service.startCommand('Fuzz').fail(it),
    (it) => service.startCommand('Fuzz').retry(it),
  ],
  ManualEventStoreOperation: [
    (it) => service.startEventStoreOperation('append', 'fuzz').succeed(it),
    (it) => service.startEventStoreOperation('append', 'fuzz').succeed({ events: it }),
    (it) => service.startEventStoreOperation('read', 'fuzz').fail(it, it),
  ],
  ProjectionRecorder: [
    (it) => projection().observe(it),
    (it) => projection().checkpoint(it),
    (it) => projection().checkpoint(1, it),
    (it) => projection().checkpoint({ one: it }),
    (it) => projection().skipped(it),
    (it) => projection().deadLettered(it),
    (it) => projection().beginRebuild(it),
    () => projection().progress(),
  ],
  ProjectionStatus: [(it) => app.get(ProjectionStatus).of(it)],
  ApplicationDrain: [
    (it) => app.get(ApplicationDrain).hold(it)(),
    (it) => app.get(ApplicationDrain).onDrained(it, it)(),
  ],
  Counter: [
    (it) => counter().inc(it),
    (it) => counter().labels(it).inc(),
    (it) => counter().remove(it),
  ],
  CounterSeries: [(it) => counter().labels({ place: it }).inc(it)],
  Gauge: [
    (it) => gauge().set(it),
    (it) => gauge().inc(it),
    (it) => gauge().dec(it),
    (it) => gauge().remove(it),
  ],
  GaugeSeries: [
    (it) => gauge().labels({ place: it }).set(it),
    (it) => gauge().labels({ place: 'a' }).dec(it),
  ],
  Histogram: [
    (it) => histogram().observe(it),
    (it) => histogram().labelsWithBounds(it, it).observe(1),
  ],
  HistogramSeries: [(it) => histogram().labels({ place: it }).observe(it)],
  Instrument: [(it) => counter().keeps(it), (it) => counter().hasRoomFor(it)],
  Faults: [(it) => new tracing.Faults({ monotonicMs: it, wallMs: it }).report(it, it)],
  extractFromJobData: [(it) => tracing.extractFromJobData(it)],
  injectIntoJobData: [(it) => tracing.injectIntoJobData(it)],
  TraceContextCarrier: [
    (it) => carrier(tracing.plainMetadata).read(it),
    (it) => carrier(tracing.plainMetadata).write(it),
    (it) => carrier(tracing.plainMetadata).write({}, it),
    (it) => carrier({ get: it, set: it, copy: it }).write({}, { correlationId: 'a' }),
  ],
  byteMetadata: [(it) => carrier(tracing.byteMetadata).write(it, { correlationId: 'a' })],
  nestedMetadata: [(it) => carrier(tracing.nestedMetadata('in')).write(it, { correlationId: 'a' })],
  headersMetadata: [
    (it) => carrier(tracing.headersMetadata(it)).write(undefined, { correlationId: 'a' }),
  ],
  parseTraceparent: [(it) => tracing.parseTraceparent(it)],
  InMemoryTraceStore: [
    (it) => new stores.InMemoryTraceStore().onEnd(it),
    (it) => new stores.InMemoryTraceStore({ onFault: () => it }).onEnd(it),
  ],
  EmmettMemoryProgress: [
    (it) => new EmmettMemoryProgress({ collection: it }).onAfterCommit(it),
    (it) => new EmmettMemoryProgress({ collection: it }, { nowMs: () => it }).onAfterCommit([]),
  ],
  ErrorClassifier: [
    (it) =>
      new microservices.ErrorClassifier(
        {},
        () => it,
        new tracing.Faults({ monotonicMs: () => 0, wallMs: () => 0 }),
      ).describe(it),
    (it) =>
      new microservices.ErrorClassifier(
        { errorCategory: () => it },
        () => it,
        new tracing.Faults({ monotonicMs: () => 0, wallMs: () => 0 }),
      ).outcomeOf(it, () => it),
  ],
  withCorrelation: [
    (it) => tracing.withCorrelation(ROOT_CONTEXT, it),
    (it) => tracing.withCorrelation(it, {}),
    (it) =>
      context.with(tracing.withCorrelation(ROOT_CONTEXT, it), () =>
        carrier(tracing.plainMetadata).write({}),
      ),
    (it) =>
      context.with(tracing.withCorrelation(ROOT_CONTEXT, { correlationId: it }), () =>
        carrier(tracing.plainMetadata).write({}),
      ),
  ],
  contextOfMessage: [
    (it) => tracing.contextOfMessage(it),
    (it) => tracing.contextOfMessage({ spanContext: it, correlationId: it }),
    (it) => tracing.contextOfMessage({ correlationId: 'a' }, it),
  ],
  contextOfOrigin: [
    (it) => tracing.contextOfOrigin(it, ROOT_CONTEXT),
    (it) => tracing.contextOfOrigin({ ...noOrigin, parent: it }, ROOT_CONTEXT),
    (it) => tracing.contextOfOrigin({ ...noOrigin, root: true }, it),
  ],
  formatTraceparent: [
    (it) => tracing.formatTraceparent(it),
    (it) => tracing.formatTraceparent({ traceId: it, spanId: it, traceFlags: it }),
    (it) => tracing.formatTraceparent({ traceId: 'a', spanId: 'b', traceFlags: it }),
  ],
  LinkPolicy: [
    (it) => new tracing.LinkPolicy({ wallMs: it }).originOf({ events: [produced] }),
    (it) => new tracing.LinkPolicy({ wallMs: () => it }).originOf({ events: [produced] }),
    (it) => policy.originOf(it),
    (it) => policy.originOf({ events: it, batch: it, ambient: it }),
    (it) => policy.originOf({ events: [it] }),
    (it) => policy.originOf({ events: [{ producer: it, recordedAtMs: it }] }),
    (it) => policy.originOfEvent(it, it),
  ],
  traceContext: [
    (it) => handled({ ignore: it }),
    (it) => handled({ ignore: () => it }),
    (it) => handled({ trustIncoming: it }),
    (it) => handled({ trustIncoming: () => it }),
    (it) => handled({ tracer: it }),
    (it) => handled({ tracer: { startSpan: () => it, startActiveSpan: it } }),
    (it) => tracing.traceContext()(it, it, () => undefined),
  ],
  packetMetadataOf: [(it) => microservices.packetMetadataOf(it)],
  TraceContextDeserializer: [
    (it) => {
      const answer: unknown = new microservices.TraceContextDeserializer({
        deserialize: () => it,
      }).deserialize({});
      // Nest waits for the packet, so a rejection is its own.
      if (types.isPromise(answer)) answer.catch(() => undefined);
    },
  ],
  tracedMetadata: [
    (it) => microservices.tracedMetadata(it),
    (it) => microservices.tracedMetadata({ get: it, set: it, remove: it, clone: () => it }),
  ],
  ObservabilityLogger: [
    ...(['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const).flatMap((level): Call[] => [
      (it) => logger()[level](it),
      (it) => logger()[level]('Fuzzed', it),
      (it) => logger()[level]('Fuzzed', { it }),
    ]),
    (it) => logger().named(it).info('Fuzzed'),
    (it) => logger().with(it).info('Fuzzed', it),
    (it) => logger().isEnabled(it),
  ],
  createNestLogger: [
    (it) => nestLogger.log(it),
    (it) => nestLogger.log('Fuzzed', it),
    (it) => nestLogger.error(it, it, 'Fuzz'),
    (it) => nestLogger.warn('Fuzzed', it, it),
    (it) => nestLogger.fatal({ it }),
  ],
  logContext: [() => logContext()],
  withLogContext: [
    (it) => withLogContext(it, () => logger().info('Fuzzed')),
    (it) => withLogContext({ it }, () => logContext()),
  ],
  LogStore: [
    (it) => app.get(LogStore).query(it),
    (it) => app.get(LogStore).query({ traceId: it, level: it, target: it, text: it, limit: it }),
  ],
  AlertEngine: [
    () => new AlertEngine(new MetricHistory()).current(),
    () => new AlertEngine(new MetricHistory()).groups(),
    () => new AlertEngine(new MetricHistory()).silences(),
    (it) => new AlertEngine(new MetricHistory()).expireSilence(it),
    () => new AlertEngine(new MetricHistory()).evaluate(),
  ],
  Pipelines: [(it) => app.get(Pipelines).pipeline(it)],
  GenAi: [
    (it) => settle(app.get(GenAi).observe(it, () => 'answer')),
    (it) => settle(app.get(GenAi).observe({ operation: it, provider: it, model: it }, () => it)),
    (it) => app.get(GenAi).tokens(it, { input: it, output: it }),
    (it) => app.get(GenAi).tokens({ operation: 'chat', provider: 'acme' }, it),
  ],
  MachineLearning: [
    (it) => settle(app.get(MachineLearning).predict(it, () => it as unknown)),
    (it) => settle(app.get(MachineLearning).train({ model: it, version: it }, () => it as unknown)),
    (it) => app.get(MachineLearning).accuracy(it, it),
  ],
  EventPipeline: [
    (it) => passing(it, flow().stream('in', { eventTime: () => it })),
    (it) => passing(it, flow().stream(it)),
    (it) => flow().step(it, () => 'done')(),
    (it) => void settle(flow().step('step', () => it as unknown)()),
    (it) => flow().drop(it, it, it),
    (it) => {
      const hooks = { size: () => it, bytes: () => it };
      passing(1, flow().stage(it, bufferCount(1), { window: 'tumbling', ...hooks }));
    },
    (it) => passing(1, flow().stage('stage', bufferCount(1), it)),
    (it) => flow().observe(it, it),
    (it) => flow().each(it, it),
    (it) =>
      passing(
        it,
        flow().concatMap(it, () => of(it)),
      ),
    (it) =>
      passing(
        1,
        flow().count(counter() as never, () => it),
      ),
    (it) =>
      passing(
        1,
        flow().record(
          histogram() as never,
          () => it,
          () => it,
        ),
      ),
  ],
  MetricQueries: [
    (it) =>
      void app
        .get(MetricQueries)
        .query(it)
        .catch(() => undefined),
  ],
  PerformanceMonitor: [
    () => new PerformanceMonitor(new MetricHistory()).evaluate(),
    () => new PerformanceMonitor(new MetricHistory()).catchUp(),
    () => new PerformanceMonitor(new MetricHistory()).headroom(),
  ],
  MetricHistory: [
    () => new MetricHistory().select({ matchers: [], fromMs: 0, toMs: 1 }),
    () => app.get(MetricHistory).select({ matchers: [], fromMs: Number.NaN, toMs: Infinity }),
  ],
  correlationOf: [() => tracing.correlationOf(ROOT_CONTEXT)],
};

/** Exports that run before the work begins, where a wrong value stops the start, and exports that are data or errors. */
const OTHERS = new Set(
  [
    'HealthIndicators ProjectionHealthIndicator HttpMetricsInterceptor currentObservation ObservedCheck Command ObserveCommand Projection',
    'ObserveProjection ObserveJob Query ObserveQuery EventStoreOperation ConfigurationError ObservabilityModule ProjectionWaitError Exposition',
    'MetricsController PrometheusExporter otlp ObservabilityMetricProducer statsd dialects lintMetrics emmettStreamCount Unreadable',
    'KafkaProgress KurrentDbCatchUpProgress KurrentDbPersistentProgress NatsProgress emmettTables PostgresProgress RedisProgress',
    'startTelemetry JaegerTraceStore',
    'TempoTraceStore TraceStoreError MessageTraceInterceptor traceMessages traceClients',
    'tracedClient aggregateCluster aggregateThreads ThreadMetricsAggregator MetricsAggregator exporterContract ManualClock',
    'grafanaDashboard alertmanagerFiles alertRules documentText prometheusRuleResource prometheusRules promtoolTests runbooks MetricQueries',
    'observeTest ObservedTest ManualTimers MetricExpectation ProjectionExpectation SeenSpans Seen',
    'expectAlert receiverContract alerting alertmanager email heartbeat logReceiver pagerDuty slack webhook NotificationError',
    'pluginContract logging consoleSink fileSink streamSink',
    'packBoard defineMetricPack mesh genAi machineLearning',
    'Pipeline Stage pipelines usage elasticsearchSink lokiSink otlpSink recordingSink otelMetrics databases DatabaseQueries otelReader HealthController history performance livePage LivePage serveLivePage profiling LabelMatcher LabelSet QueryError',
  ].flatMap((it) => it.split(' ')),
);

describe('the public exports', () => {
  expectNothingUnhandled();

  it('Every exported function and class is in the list of those that record, or of those that do not', async () => {
    const unknown: string[] = [];
    for (const { name, source } of packageEntries.filter((it) => it.name !== 'register')) {
      const entry = (await import(`../../../${source}`)) as Record<string, unknown>;
      for (const [key, value] of Object.entries(entry))
        if (typeof value === 'function' && !(key in recording) && !OTHERS.has(key))
          unknown.push(`${name}: ${key}`);
    }
    expect(unknown).toEqual([]);
    expect(typeof emmettStreamCount).toBe('function');
  });

  it.each(Object.entries(recording))(
    '%s never throws, whatever it is given',
    async (_name, calls) => {
      const thrown: string[] = [];
      for (const [kind, make] of Object.entries(anyValues))
        for (const [i, call] of calls.entries()) {
          try {
            const value = make();
            // An argument is the caller's own promise; what hooks answer with is not.
            if (types.isPromise(value)) value.catch(() => undefined);
            call(value as never);
          } catch (error) {
            thrown.push(
              `call ${i} given ${kind}: ${error instanceof Error ? error.stack?.slice(0, 300) : 'a value'}`,
            );
          }
        }
      await settled();
      expect(thrown).toEqual([]);
      const wrong = (await service.gather())
        .split('\n')
        .filter((it) => / (?:NaN|undefined)$/.test(it) && !/^(?:#|nodejs_)/.test(it));
      expect(wrong).toEqual([]);
    },
  );
});
