// The rooms of lib: what each is for and what it may import. test/architecture.spec.ts enforces this table, and
// docs/architecture.md shows it.

const NEST = ['@nestjs/common', '@nestjs/core'];

// Rooms that describe options say with it what a value must be.
const SCHEMAS = ['valibot'];

// OTLP metrics and traces use OpenTelemetry's packages of many names.
const OTEL = ['@opentelemetry/*'];

/** A room imports itself, Node's modules and what its row names; packages of optional peers as types or by name. */
export const rooms = [
  {
    room: 'kernel',
    purpose: 'Clock, timers, observation ports, outcome, error classification, faults',
    rooms: [],
    packages: [],
  },
  {
    room: 'options',
    purpose: 'Option descriptions: schema, rule, remedy, default',
    rooms: ['kernel'],
    packages: ['valibot'],
  },
  {
    room: 'metrics',
    purpose: 'Registry, instruments, cardinality, snapshots, catalogue, recorders',
    rooms: ['kernel', 'options'],
    packages: SCHEMAS,
  },
  {
    room: 'instrumentation',
    purpose: 'Decorators, binding, calls, results; knows no metric, span or log line',
    rooms: ['kernel', 'options'],
    packages: [...NEST, 'rxjs', 'reflect-metadata'],
  },
  {
    room: 'kinds',
    purpose: 'Handler kinds: the definition of each kind with its metrics, and its decorator',
    rooms: ['kernel', 'options', 'metrics', 'instrumentation', 'plugins'],
    packages: [],
  },
  {
    room: 'projections',
    purpose: 'Projection progress and lag: public API, sources, model, publishing',
    rooms: ['kernel', 'options', 'metrics', 'instrumentation'],
    packages: [],
  },
  {
    room: 'jobs',
    purpose: 'Jobs: their names, the times of scheduled ones, the depth of queues',
    rooms: ['kernel', 'options', 'metrics', 'instrumentation', 'kinds'],
    packages: [],
  },
  {
    room: 'messages',
    purpose: 'Messages: their observation, their patterns, the errors that exception filters hide',
    rooms: ['kernel', 'options', 'metrics', 'instrumentation', 'kinds'],
    packages: ['reflect-metadata'],
  },
  {
    room: 'http',
    purpose: 'Open requests, route templates, HTTP metrics',
    rooms: ['kernel', 'options', 'metrics', 'instrumentation'],
    packages: [...NEST, 'rxjs', 'find-my-way'],
  },
  {
    room: 'otlp',
    purpose:
      'OTLP transport shared by metrics, traces and log lines: options, variables, connections, packages',
    rooms: ['kernel', 'options'],
    packages: SCHEMAS,
  },
  {
    room: 'tracing',
    purpose: 'Spans, trace context, samplers, SDK start-up, trace stores',
    rooms: ['kernel', 'options', 'otlp', 'http', 'integrations/otel-metrics'],
    packages: [...SCHEMAS, ...OTEL, '@grpc/grpc-js'],
  },
  {
    room: 'logging',
    purpose: 'Log lines: logger, redaction, formats, context, the log observer, sinks',
    rooms: ['kernel', 'options', 'metrics', 'plugins', 'otlp'],
    packages: [...SCHEMAS, '@nestjs/common'],
  },
  {
    room: 'resources',
    purpose: 'Connection pools and circuit breakers with their adapters',
    rooms: ['kernel', 'options', 'metrics', 'instrumentation'],
    packages: SCHEMAS,
  },
  {
    room: 'integrations/cqrs',
    purpose: '`@nestjs/cqrs`, recognised by the metadata on its classes',
    rooms: ['kernel', 'options', 'instrumentation', 'kinds'],
    packages: [...SCHEMAS, '@nestjs/core', 'reflect-metadata', 'rxjs'],
  },
  {
    room: 'integrations/schedule',
    purpose: '`@nestjs/schedule`: jobs by the metadata of methods, and those of its registry',
    rooms: ['kernel', 'metrics', 'instrumentation', 'kinds', 'jobs'],
    packages: ['reflect-metadata'],
  },
  {
    room: 'integrations/bullmq',
    purpose: '`@nestjs/bullmq` and `@nestjs/bull`: processors by metadata, queues by token',
    rooms: ['kernel', 'instrumentation', 'kinds', 'jobs'],
    packages: ['reflect-metadata'],
  },
  {
    room: 'integrations/graphql',
    purpose: '`@nestjs/graphql` with Apollo or Mercurius: operations and errors of resolvers',
    rooms: ['kernel', 'options', 'metrics', 'instrumentation'],
    packages: SCHEMAS,
  },
  {
    room: 'integrations/outbound-http',
    purpose: 'Requests that the process sends, by the diagnostics channels of Node.js and undici',
    rooms: ['kernel', 'options', 'metrics', 'http'],
    packages: SCHEMAS,
  },
  {
    room: 'integrations/databases',
    purpose: 'Database queries by operation: `pg`, TypeORM, Mongoose, Prisma',
    rooms: ['kernel', 'options', 'metrics', 'instrumentation', 'plugins', 'resources'],
    packages: ['@nestjs/core'],
  },
  {
    room: 'integrations/event-store',
    purpose: 'Event stores behind a proxy; clients are recognised by shape',
    rooms: ['kernel', 'options', 'metrics', 'instrumentation', 'projections'],
    packages: [],
  },
  {
    room: 'integrations/microservices',
    purpose: '`@nestjs/microservices`: handlers, clients, trace context of messages',
    rooms: ['kernel', 'options', 'instrumentation', 'tracing', 'messages'],
    packages: [...NEST, '@nestjs/microservices', '@opentelemetry/api', 'rxjs', 'reflect-metadata'],
  },
  {
    room: 'integrations/websockets',
    purpose: '`@nestjs/websockets`: connections and messages at the border of the adapter',
    rooms: ['kernel', 'metrics', 'instrumentation', 'messages'],
    packages: ['reflect-metadata'],
  },
  {
    room: 'integrations/event-emitter',
    purpose: '`@nestjs/event-emitter`: listeners by the metadata of methods',
    rooms: ['kernel', 'instrumentation', 'messages'],
    packages: ['reflect-metadata'],
  },
  {
    room: 'integrations/otel-metrics',
    purpose: 'Metrics of the OpenTelemetry API: meter provider, reader',
    // A reader's metrics are on the page only: their own SDK exports them elsewhere.
    rooms: ['kernel', 'options', 'metrics', 'plugins', 'exporters/prometheus'],
    packages: [...SCHEMAS, '@opentelemetry/api', '@opentelemetry/sdk-metrics'],
  },
  {
    room: 'integrations/nestjs-prometheus',
    purpose: '`@willsoto/nestjs-prometheus`: the stock controller that `/metrics` replaces',
    rooms: ['kernel'],
    packages: ['@willsoto/nestjs-prometheus'],
  },
  {
    room: 'integrations/node-runtime',
    purpose: 'Event loop, garbage collection and memory of the Node.js process',
    rooms: ['kernel', 'options', 'metrics'],
    packages: [],
  },
  {
    room: 'plugins',
    purpose: 'Plugin port: its hooks, its order, its checks',
    rooms: ['kernel', 'options', 'metrics'],
    packages: ['@nestjs/common'],
  },
  {
    room: 'exporters/port',
    purpose: 'Exporter port, push loop, names of exporters',
    rooms: ['kernel', 'options', 'metrics', 'plugins'],
    packages: ['@nestjs/common'],
  },
  {
    room: 'exporters/prometheus',
    purpose: 'Text formats, incremental exposition, scrape endpoint, prom-client bridge, dialects',
    rooms: ['kernel', 'options', 'metrics', 'plugins', 'exporters/port'],
    packages: ['prom-client'],
  },
  {
    room: 'exporters/otlp',
    purpose: 'OTLP metrics: encoding, transport, reader',
    rooms: ['kernel', 'options', 'metrics', 'otlp', 'exporters/port'],
    packages: [...SCHEMAS, ...OTEL, '@grpc/grpc-js'],
  },
  {
    room: 'exporters/statsd',
    purpose: 'StatsD and DogStatsD over UDP or a Unix socket',
    rooms: ['kernel', 'options', 'metrics', 'exporters/port'],
    packages: [...SCHEMAS, 'unix-dgram'],
  },
  {
    room: 'pipelines',
    purpose: 'Pipelines: streams, stages, windows, backpressure, the trace of each event',
    rooms: ['kernel', 'options', 'metrics', 'instrumentation', 'plugins', 'health'],
    packages: ['rxjs', '@nestjs/common'],
  },
  {
    room: 'usage',
    purpose: 'Usage: calls, wall seconds and loop time by handler and tenant',
    rooms: ['kernel', 'options', 'metrics', 'plugins'],
    packages: [...SCHEMAS, '@nestjs/common'],
  },
  {
    room: 'packs',
    purpose: 'Metric packs: metrics as data, service meshes, machine learning',
    rooms: ['kernel', 'options', 'metrics', 'instrumentation', 'http', 'plugins'],
    packages: SCHEMAS,
  },
  {
    room: 'history',
    purpose: 'Metric history: ticks in columns, compressed chunks, files',
    rooms: ['kernel', 'options', 'metrics', 'plugins', 'exporters/port', 'query'],
    packages: [...SCHEMAS, '@nestjs/common'],
  },
  {
    room: 'performance',
    purpose: 'Performance monitor: snapshots, trends, health score, anomalies, capacity',
    rooms: ['kernel', 'options', 'metrics', 'plugins', 'health', 'history', 'query', 'alerting'],
    packages: [...SCHEMAS, 'reflect-metadata'],
  },
  {
    room: 'query',
    purpose: 'PromQL: language, regular expressions, engine, the port that gives it series',
    // The history implements the port; queries know no history.
    rooms: ['kernel', 'options'],
    packages: SCHEMAS,
  },
  {
    room: 'cluster',
    purpose: 'Aggregation over processes and threads',
    // The aggregated page is served by the same exporter as the page of one process.
    rooms: ['kernel', 'options', 'metrics', 'exporters/port', 'exporters/prometheus'],
    packages: [],
  },
  {
    room: 'alerting',
    purpose: 'Alerts as data, and their formats: rules, tests, runbooks, Alertmanager',
    // Selectors are read as PromQL.
    rooms: ['kernel', 'options', 'metrics', 'query'],
    packages: [...SCHEMAS, 'yaml'],
  },
  {
    room: 'alerts',
    purpose: 'Alerts inside the application: rules, engine, notifications, receivers, silences',
    rooms: [
      'kernel',
      'options',
      'metrics',
      'plugins',
      'exporters/port',
      'history',
      'query',
      'alerting',
    ],
    packages: [...SCHEMAS, '@nestjs/common', 'yaml', 'nodemailer'],
  },
  {
    room: 'dashboards',
    purpose: 'Dashboards as data, and their form for Grafana',
    // Boards draw the thresholds of alerts.
    rooms: ['kernel', 'options', 'metrics', 'alerting'],
    packages: SCHEMAS,
  },
  {
    room: 'live',
    purpose: 'Live page: state, stream of changes, access, and the client in the browser',
    rooms: [
      'kernel',
      'options',
      'metrics',
      'plugins',
      'projections',
      'tracing',
      'logging',
      'history',
      'query',
      'performance',
      'alerting',
      'cluster',
    ],
    packages: [...SCHEMAS, ...NEST, 'uplot'],
  },
  {
    room: 'health',
    purpose: 'Checks, probes and Terminus',
    rooms: ['logging', 'kernel', 'options', 'metrics', 'projections', 'resources'],
    packages: [...SCHEMAS, ...NEST, '@nestjs/terminus'],
  },
  {
    room: 'profiling',
    purpose: 'CPU and heap profiles: recorder, formats, endpoints, continuous capture',
    // The health of the event loop decides when a profile is taken.
    rooms: ['kernel', 'options', 'plugins', 'otlp', 'health'],
    packages: [...SCHEMAS, ...NEST],
  },
  {
    room: 'shutdown',
    purpose: 'The drain: readiness off, in-flight work ends, the rest stops',
    rooms: ['kernel', 'options', 'instrumentation', 'http', 'health'],
    packages: [...NEST, '@nestjs/microservices'],
  },
  {
    room: 'testing',
    purpose: 'Test kit for users: observed tests, manual time, contract suites, tests of alerts',
    rooms: [
      'kernel',
      'metrics',
      'projections',
      'tracing',
      'plugins',
      'exporters/port',
      'logging',
      'alerting',
      'alerts',
    ],
    packages: [],
  },
  {
    room: 'config',
    purpose: 'Configuration file: YAML, substitution, places, precedence',
    rooms: '*',
    packages: ['yaml', 'valibot'],
  },
  {
    room: 'module',
    purpose:
      '`ObservabilityModule`, service, lifecycle, endpoints: the only room that knows all others',
    rooms: '*',
    packages: '*',
  },
  {
    room: 'cli',
    purpose: 'Command line `observability`: its commands, the check of metrics pages',
    rooms: '*',
    packages: ['yaml'],
  },
];

/** The room of a file below lib; the empty name for a file at the top. */
export function roomOf(path) {
  const [first = '', second = ''] = path.split('/');
  if (!path.includes('/')) return '';
  return first === 'exporters' || first === 'integrations' ? `${first}/${second}` : first;
}
