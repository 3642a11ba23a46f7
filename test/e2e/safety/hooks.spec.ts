import { readdirSync, readFileSync } from 'node:fs';
import { type ExecutionContext, Injectable } from '@nestjs/common';
import { trace } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { lastValueFrom, of } from 'rxjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  Command,
  EventStoreOperation,
  ObservabilityModule,
  Projection,
} from '../../../lib/index.js';
import { traceMessages } from '../../../lib/integrations/microservices/index.js';
import { usage } from '../../../lib/usage/index.js';
import { RunningApplication } from '../module/running-application.js';
import { anyValues, expectNothingUnhandled, settled } from './hostile-values.js';

let answer: () => unknown = () => undefined;
const fuzzed = new Set<string>();
const called = new Set<string>();

/** A hook of the application that answers with the value under test. */
function hook(name: string): never {
  fuzzed.add(name);
  return (() => {
    called.add(name);
    return answer();
  }) as never;
}

const spanHooks = {
  attributes: hook('SpanOptions.attributes'),
  resultAttributes: hook('SpanOptions.resultAttributes'),
};

@Injectable()
class Shop {
  @Command({
    name: 'Place',
    events: hook('CommandOptions.events'),
    id: hook('CommandOptions.id'),
    labels: { tenant: hook('HandlerOptions.labels') },
    span: spanHooks,
  })
  place(): string {
    return 'placed';
  }

  @Command({ name: 'Refuse', outcome: hook('HandlerOptions.outcome') })
  refuse(): never {
    throw new Error('refused');
  }

  @Projection({
    name: 'orders',
    eventTime: hook('ProjectionOptions.eventTime'),
    metadata: hook('ProjectionOptions.metadata'),
    onSkip: hook('ProjectionOptions.onSkip'),
    owner: hook('ProjectionOptions.owner'),
    position: hook('ProjectionOptions.position'),
  })
  apply(event: unknown): unknown {
    return event;
  }

  @EventStoreOperation('append', {
    stream: hook('EventStoreOperationOptions.stream'),
    events: hook('EventStoreOperationOptions.events'),
    conflicted: hook('EventStoreOperationOptions.conflicted'),
  })
  append(): string {
    return 'appended';
  }

  @EventStoreOperation('load', {
    perStream: hook('EventStoreOperationOptions.perStream'),
    prepare: hook('EventStoreOperationOptions.prepare'),
    conflict: hook('EventStoreOperationOptions.conflict'),
    absent: hook('EventStoreOperationOptions.absent'),
  })
  load(): never {
    throw new Error('not loaded');
  }
}

const adapter = {
  methods: {
    append: {
      operation: 'append',
      stream: () => 'cart-1',
      version: hook('EventStoreOperationOptions.version'),
    },
  },
  conflict: hook('EventStoreAdapter.conflict'),
  absent: hook('EventStoreAdapter.absent'),
  countStreams: hook('EventStoreAdapter.countStreams'),
  sessions: { withSession: hook('EventStoreAdapter.sessions') },
};

/** Hooks that are passed at run time. */
const late = {
  observe: hook('BackgroundPoolSource.observe'),
  state: hook('CircuitBreakerSource.state'),
  listen: hook('CircuitBreakerSource.listen'),
  owner: hook('ProjectionSettings.owner'),
  activeStreams: hook('EventStoreOptions.activeStreams'),
  category: hook('EventStoreOptions.category'),
  errorCategory: hook('ErrorRules.errorCategory'),
};

/** Hooks of functions that the application passes at run time. */
function registerHooks({ service }: RunningApplication) {
  service.registerPool('p', { observe: late.observe });
  service.registerCircuitBreaker('b', {
    state: late.state,
    listen: late.listen,
  });
  service.projection('sums').observe({ owner: late.owner });
  const store = {
    append: () => {
      throw new Error('not appended');
    },
    withSession: (work: unknown) => work,
  };
  const other = { append: () => 1, withSession: () => 1 };
  const { activeStreams } = late;
  service
    .instrumentEventStore(other, adapter, { activeStreams, streamVersions: ['cart-1'] })
    .append();
  return service.instrumentEventStore(store, adapter, {
    category: late.category,
  });
}

const execution = {
  getType: () => 'rpc',
  getHandler: () => Shop,
  switchToRpc: () => ({ getContext: () => ({}), getData: () => ({}) }),
} as unknown as ExecutionContext;

const traced = traceMessages({ trustIncoming: hook('MessageTraceOptions.trustIncoming') });

/** Functions in the reports of the public types that no handler, scrape or timer calls as a hook, by their reason. */
const OTHERS: Readonly<Record<string, string>> = {
  'fuzzed in exports.spec.ts':
    'EmmettMemoryDatabase EmmettMemoryOptions HttpTraceOptions InMemoryTraceStoreOptions MetadataShape GrpcMetadata HeadersLike StreamOptions OperatorStageOptions',
  'fuzzed in values.spec.ts and injected-faults.spec.ts': 'Clock FaultSink',
  'of the library, for applications to call':
    'CircuitBreakerListener CurrentObservation ExporterContext FileSink Instrument LogFormat PlatformResponse PluginApplication PluginContext PreparedCall Registration ScalarInstrument SinkHost AlertScope Telemetry TelemetryMember TelemetryReport EndedSpan ClusterPage LiveAggregate MetricSource',
  'of peers, called in the background or under their own contract':
    'PrismaQuery AnyClient CockatielBreaker EmmettDatabase JetStreamManagerLike KafkaAdmin KnexLike KurrentDbGroups KurrentDbReads MikroOrmLike MysqlPool OpossumBreaker PgPool PostgresConnection PostgresPool PostgresQueries PrismaClientWithMetrics RedisCommands TypeOrmDataSource',
  'ports with a contract suite or tests of their faults':
    'CheckpointSource CustomSampler HeadSource SeriesSource HealthCheckOptions LogSink MetricsExporter ObservabilityPlugin OpenSink PullExporter PushExporter SpanExporterPort SpanProcessorPort StatsdOptions TraceStore',
  'of tests':
    'TestedModule TestedModuleBuilder Timers RecordingSink ContractCase ExporterContractOptions ExporterHarness PluginContractOptions AlertExpectation ReceiverContractOptions ReceiverHarness',
  'warnings, which `notify` guards': 'AggregatorOptions TelemetryOptions',
  'data of the library, whose functions only make text': 'AlertDefinition',
  'ports of alerts, which test/unit/alerts fails':
    'AlertingOptions AlertLeader AlertPort AlertReceiver OpenReceiver ReceiverHost',
  'forms of a hook, which the options name':
    'ArgumentHook HandlerMethod HandlerResult LabelHook ResultHook',
};

const otherTypes = new Set(Object.values(OTHERS).flatMap((it) => it.split(' ')));

/** Members of public types that are functions, as `Type.member`, from the reports of the public types. */
function functionsOfTypes(): string[] {
  const found = new Set<string>();
  for (const file of readdirSync('etc')) {
    const text = readFileSync(`etc/${file}`, 'utf8');
    const types = /^export (?:interface|type|abstract class) (\w+)[^\n]*\{\n([\s\S]*?)^\}/gm;
    for (const [, type = '', body = ''] of text.matchAll(types))
      for (const [, member = ''] of body.matchAll(
        /^ {4}(?:readonly )?(\w+)\??(?::.*(?:=>|Hook<)|(?:<[^>]*>)?\()/gm,
      ))
        if (member !== 'constructor') found.add(`${type}.${member}`);
  }
  return [...found];
}

describe('the hooks of the application', () => {
  expectNothingUnhandled();
  let running: RunningApplication | undefined;

  beforeAll(() => {
    trace.setGlobalTracerProvider(new BasicTracerProvider());
  });
  afterEach(async () => {
    await running?.close();
    running = undefined;
  });
  afterAll(() => trace.disable());

  it.each(Object.entries(anyValues))(
    'Hooks that answer with anything change no result and leave the metrics readable: %s',
    async (_name, make) => {
      const imports = [
        ObservabilityModule.forRoot({
          errorCategory: late.errorCategory,
          handlerLabels: { tenant: ['a', 'b'] },
          plugins: [usage({ tenant: hook('UsageOptions.tenant') })],
        }),
      ];
      answer = make;
      running = await RunningApplication.start({ imports, providers: [Shop] });
      const store = registerHooks(running);
      const shop = running.app.get(Shop);
      expect(shop.place()).toBe('placed');
      expect(() => shop.refuse()).toThrow('refused');
      expect(shop.apply('event')).toBe('event');
      expect(shop.append()).toBe('appended');
      expect(() => shop.load()).toThrow('not loaded');
      expect(() => store.append()).toThrow('not appended');
      store.withSession(() => 'done');
      expect(await lastValueFrom(traced(execution, () => of('handled')))).toBe('handled');
      await settled();
      const { status, text } = await running.get('/metrics');
      expect(status).toBe(200);
      expect(text).toContain('eventcore_commands_total{command_type="Place"');
      expect((await running.get('/health')).status).toBe(200);
    },
  );

  it('Each function among the members of the public types is fuzzed, or named with the reason why not', () => {
    const unknown = functionsOfTypes().filter(
      (it) => !fuzzed.has(it) && !otherTypes.has(it.split('.', 1)[0] as string),
    );
    expect(unknown).toEqual([]);
    expect([...fuzzed].filter((it) => !functionsOfTypes().includes(it))).toEqual([]);
  });

  it('Each fuzzed hook was called', () => {
    expect([...fuzzed].filter((it) => !called.has(it))).toEqual([]);
  });
});
