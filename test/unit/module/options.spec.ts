import { HttpException } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, ObservabilityModule } from '../../../lib/index.js';
import { HealthController } from '../../../lib/health/index.js';
import { MetricsController } from '../../../lib/exporters/prometheus/index.js';
import { assertFactoryOptions, moduleOptions } from '../../../lib/module/options/module-options.js';
import { describedOptions } from '../../../lib/options/description.js';
import { ManualClock } from '../../../lib/testing/index.js';

class Guard {
  canActivate = () => true;
}
class OwnController extends MetricsController {}

const long = 'x'.repeat(129);
const notBooleans = ['true', 1, null, {}];
const notTexts = [1, null, '', '   ', long, 'a\ud800', ['x']];
const notPaths = [
  1,
  null,
  '',
  'metrics',
  '/a b',
  '/a?b=1',
  '/:id',
  '/*',
  '/a#b',
  '/a/',
  '//a',
  '/ä',
];
const notRatios = ['0.5', null, -0.1, 1.1, Number.NaN, Infinity];
const notDurations = ['1', null, 0, -1, Number.NaN, Infinity, 2 ** 31];
const notWaits = ['1', null, -1, Number.NaN, Infinity, 2 ** 31];
const notTokens = [1, null, '', {}];
const notClasses = [HttpException, [null], ['Error'], [{}], null];

function discoveryOptions(option: string) {
  return {
    [option]: { good: [false, {}], bad: [true, null, 'x', 1, { excluded: [] }] },
    [`${option}.exclude`]: { good: [[], ['ORDERS']], bad: ['ORDERS', null, [1], {}] },
    [`${option}.names`]: {
      good: [{}, { ORDERS: 'orders' }],
      bad: [null, 'x', [1], { ORDERS: '' }, { ORDERS: 1 }, { ORDERS: long }],
    },
  };
}

/** Values that are good and values that are not, for every option. */
const table: Readonly<Record<string, { good: readonly unknown[]; bad: readonly unknown[] }>> = {
  enabled: { good: [true, false, undefined], bad: notBooleans },
  namespace: {
    good: ['a', 'shop', 'my_shop2', `a${'b'.repeat(31)}`],
    bad: [1, null, '', 'Shop', '9shop', '_shop', 'shop_', 'my-shop', 'sh op', `a${'b'.repeat(32)}`],
  },
  serviceName: { good: ['shop', '😀', 'x'.repeat(128)], bad: notTexts },
  serviceVersion: { good: ['1.2.3'], bad: notTexts },
  environment: { good: ['production'], bad: notTexts },
  tracing: { good: [false, {}], bad: [true, null, 'x', 1, { sampler: 1 }] },
  'tracing.ageLimitMs': { good: [0, 120_000, Infinity], bad: ['1', null, -1, Number.NaN] },
  'tracing.linkLimit': { good: [0, 128], bad: ['1', null, -1, 129, 1.5] },
  'tracing.store': {
    good: [{ getTrace: () => undefined, findTraces: () => undefined }],
    bad: [true, null, 'jaeger', {}, { getTrace: () => undefined }],
  },
  ...discoveryOptions('pools'),
  ...discoveryOptions('circuitBreakers'),
  cqrs: { good: [false, {}], bad: [true, null, 'x', 1, { only: [] }] },
  'cqrs.include': { good: [[], [Guard]], bad: [null, 'Guard', Guard, [''], [1], [null], [{}]] },
  'cqrs.exclude': { good: [[], [Guard]], bad: [null, 'Guard', Guard, [''], [1], [null], [{}]] },
  labels: {
    good: [{}, { region: 'eu', _a: 'b' }],
    bad: [
      ...[null, 'x', [1], { 'a-b': 'x' }, { __a: 'x' }, { le: 'x' }, { quantile: 'x' }],
      ...[{ a: 1 }, { a: '' }, { a: long }, { '': 'x' }],
    ],
  },
  handlerLabels: {
    good: [{}, { tenant: ['a', 'b'] }, { tenant: Array.from({ length: 1000 }, (_, i) => `t${i}`) }],
    bad: [
      ...[
        null,
        { tenant: 'a' },
        { tenant: [] },
        { tenant: [1] },
        { tenant: [''] },
        { 'a-b': ['x'] },
      ],
      ...[{ command_type: ['x'] }, { outcome: ['x'] }, { le: ['x'] }],
      { tenant: Array.from({ length: 1001 }, (_, i) => `t${i}`) },
      {
        a: Array.from({ length: 40 }, (_, i) => `${i}`),
        b: Array.from({ length: 40 }, (_, i) => `${i}`),
      },
    ],
  },
  cardinality: { good: [{}, { seriesLimit: 5 }], bad: [null, 5, { limit: 5 }] },
  'cardinality.seriesLimit': {
    good: [1, 1_000_000],
    bad: ['5', null, 0, -1, 1.5, 1_000_001, Number.NaN, Infinity],
  },
  'cardinality.totalSeriesLimit': {
    good: [1, 10_000_000],
    bad: ['5', null, 0, -1, 1.5, 10_000_001, Number.NaN, Infinity],
  },
  'cardinality.perMetric': {
    good: [{}, { a_total: 5 }, { a_total: { seriesLimit: 5, labels: { x: { buckets: 2 } } } }],
    bad: [null, 5, { a_total: 0 }, { a_total: '5' }, { '': 5 }, { a_total: { limit: 5 } }],
  },
  'cardinality.labels': {
    good: [
      {},
      { tenant: { buckets: 16 } },
      { region: { allow: ['eu'] } },
      { path: { groups: [{ match: /^\/a/, as: 'a' }] } },
    ],
    bad: [
      ...[null, 5, { x: 5 }, { x: {} }, { x: { buckets: 0 } }, { x: { buckets: 1001 } }],
      ...[{ x: { buckets: 1.5 } }, { x: { allow: 'eu' } }, { x: { allow: [''] } }],
      ...[{ x: { allow: [long] } }, { x: { groups: [] } }, { x: { groups: [{ match: /a/ }] } }],
      ...[{ x: { groups: [{ match: '^a', as: 'a' }] } }, { x: { bucket: 16 } }],
    ],
  },
  http: { good: [false, {}], bad: [true, null, 'x', { include: [] }] },
  'http.polls': { good: [true, false], bad: notBooleans },
  'http.exclude': {
    good: [[], ['/'], ['/*'], ['/orders/:id', '/internal/*', '/a-b/:x(\\d+)']],
    bad: ['/a', null, [1], [''], ['a'], ['*'], ['/a b'], ['/a?b'], ['/*/a'], ['/a*'], ['/a/*path']],
  },
  'http.buckets': {
    good: [[1], [0.001, 0.5, 60]],
    bad: [1, null, [], ['1'], [0], [-1], [1, 1], [2, 1], [Number.NaN], [1, Infinity]],
  },
  cluster: { good: [true, false, {}], bad: [null, 'x', 1, { timeout: 1 }] },
  'cluster.timeoutMs': { good: [1, 5_000], bad: notDurations },
  jobs: { good: [false, {}], bad: [true, null, 'x', 1, { only: [] }] },
  'jobs.exclude': { good: [[], ['mail']], bad: ['mail', null, [''], [1], {}] },
  'jobs.names': {
    good: [{}, { 'Reports.run': 'nightly' }],
    bad: [null, 'x', [1], { run: '' }, { run: 1 }, { run: long }],
  },
  'jobs.jobNames': { good: [[], ['invoice']], bad: ['invoice', null, [''], [1], {}] },
  graphql: { good: [false, {}], bad: [true, null, 'x', 1, { only: [] }] },
  'graphql.operations': { good: [[], ['Orders']], bad: ['a', null, [''], [1], {}] },
  outbound: { good: [false, {}], bad: [true, null, 'x', 1, { only: [] }] },
  'outbound.exclude': { good: [[], ['http://a:1']], bad: ['a', null, [''], [1], {}] },
  messages: { good: [false, {}], bad: [true, null, 'x', 1, { only: [] }] },
  'messages.exclude': { good: [[], ['heartbeat']], bad: ['heartbeat', null, [''], [1], {}] },
  'jobs.periodMs': { good: [1, 15_000], bad: [...notDurations, 1.5] },
  projections: { good: [{}, { periodMs: 1000 }], bad: [null, false, 'x', { period: 1 }] },
  'projections.periodMs': { good: [1, 5_000], bad: notDurations },
  'projections.timeoutMs': { good: [1, 5_000], bad: notDurations },
  'projections.head': { good: ['HEAD', Symbol('head'), Guard], bad: notTokens },
  'projections.checkpoint': { good: ['ROWS', Symbol('rows'), Guard], bad: notTokens },
  'projections.idleAfterMs': { good: [1, Infinity], bad: ['1', null, 0, -1, Number.NaN] },
  'projections.stalledAfterMs': { good: [1, Infinity], bad: ['1', null, 0, -1, Number.NaN] },
  exporters: {
    good: [[], [{ name: 'file', open: () => ({}) }]],
    bad: [
      ...[null, {}, 'otlp', ['otlp'], [null], [{}], [{ name: 'file' }], [{ open: () => ({}) }]],
      ...[[{ name: '', open: () => ({}) }], [{ name: 'To File', open: () => ({}) }]],
      [{ name: 'x'.repeat(65), open: () => ({}) }],
    ],
  },
  debug: { good: [true, false], bad: notBooleans },
  clock: {
    good: [new ManualClock()],
    bad: [null, 1, {}, { monotonicMs: () => 0 }, { monotonicMs: 1, wallMs: 2 }],
  },
  rejections: { good: [[], [HttpException]], bad: notClasses },
  criticalErrors: { good: [[], [HttpException]], bad: notClasses },
  failures: { good: [[], [HttpException]], bad: notClasses },
  errorCategory: { good: [() => undefined], bad: [null, 'critical', {}] },
  isGlobal: { good: [true, false], bad: notBooleans },
  plugins: { good: [[], [{ name: 'x' }]], bad: [true, null, 'x', {}] },
  prometheus: { good: [false, {}], bad: [true, null, 'x', 9464, { pth: '/x' }] },
  'prometheus.path': { good: ['/', '/metrics', '/a/b-c_d.e~f'], bad: notPaths },
  'prometheus.guards': { good: [[], [Guard]], bad: [Guard, [new Guard()], null] },
  'prometheus.decorators': { good: [[], [() => undefined]], bad: [() => undefined, [{}], null] },
  'prometheus.imports': { good: [[], [class {}]], bad: [null, {}] },
  'prometheus.controller': { good: [OwnController], bad: [null, {}, 'OwnController'] },
  'prometheus.port': { good: [0, 9464, 65_535], bad: ['9464', null, -1, 65_536, 1.5, Number.NaN] },
  'prometheus.host': { good: [], bad: [1, null, '', '127.0.0.1'] },
  'prometheus.excludeFromGlobalPrefix': { good: [true, false], bad: notBooleans },
  'prometheus.defaultMetrics': { good: [true, false], bad: notBooleans },
  'prometheus.exemplars': { good: [true, false], bad: notBooleans },
  'prometheus.created': { good: [true, false], bad: notBooleans },
  'prometheus.register': { good: [true, false], bad: notBooleans },
  diagnosis: { good: [false, {}], bad: [true, null, 'x', { pth: '/x' }] },
  'diagnosis.path': { good: ['/', '/diagnosis'], bad: notPaths },
  'diagnosis.guards': { good: [[], [Guard]], bad: [Guard, [new Guard()], null] },
  'diagnosis.decorators': { good: [[], [() => undefined]], bad: [() => undefined, [{}], null] },
  'diagnosis.imports': { good: [[], [class {}]], bad: [null, {}] },
  health: { good: [false, {}], bad: [true, null, 'x', { pth: '/x' }] },
  'health.path': { good: ['/', '/internal/health'], bad: notPaths },
  'health.guards': { good: [[], [Guard]], bad: [Guard, [new Guard()], null] },
  'health.decorators': { good: [[], [() => undefined]], bad: [() => undefined, [{}], null] },
  'health.imports': { good: [[], [class {}]], bad: [null, {}] },
  'health.controller': { good: [HealthController], bad: [null, {}, 'HealthController'] },
  'health.port': { good: [0, 9464, 65_535], bad: ['9464', null, -1, 65_536, 1.5, Number.NaN] },
  'health.host': { good: [], bad: [1, null, '', '127.0.0.1'] },
  'health.aliases': { good: [true, false], bad: notBooleans },
  'health.excludeFromGlobalPrefix': { good: [true, false], bad: notBooleans },
  'health.maxHeapRatio': { good: [0, 0.5, 1], bad: notRatios },
  'health.maxEventLoopDelayMs': { good: [1, 0.5], bad: ['1', null, 0, -1, Number.NaN] },
  'health.maxCommandErrorRatio': { good: [0, 1], bad: notRatios },
  drain: { good: [false, {}], bad: [true, null, 'x', { delay: 1 }] },
  'drain.readinessDelayMs': { good: [0, 5000], bad: notWaits },
  'drain.timeoutMs': { good: [0, 30_000], bad: notWaits },
  'drain.flushTimeoutMs': { good: [0, 2_000], bad: notWaits },
  'drain.newWork': { good: ['finish', 'refuse'], bad: ['drop', null, true] },
  'health.checks': {
    good: [[], [{ name: 'db', check: () => true, groups: ['ready'], cacheMs: 0 }]],
    bad: [
      null,
      {},
      [{ name: 'db' }],
      [{ name: '9', check: () => true }],
      [{ name: 'a', check: 1 }],
    ],
  },
  'health.groups': {
    good: [{}, { dependencies: ['memory'] }],
    bad: [null, ['x'], { Own: [] }, { 'a/b': [] }, { own: 'memory' }],
  },
  'health.details': { good: ['always', 'never', () => true], bad: [true, null, 'sometimes'] },
  'health.readyAfterCatchUp': { good: [true, false], bad: notBooleans },
  'health.maxProjectionLagSeconds': { good: [0.5, 300], bad: ['1', null, 0, -1, Number.NaN] },
};

const optionsWith = (path: string, value: unknown): Record<string, unknown> =>
  path.split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), value) as Record<
    string,
    unknown
  >;

const cases = (kind: 'good' | 'bad') =>
  Object.entries(table).flatMap(([path, row]) => row[kind].map((value) => [path, value] as const));

function errorOf(act: () => unknown): ConfigurationError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigurationError);
    return error as ConfigurationError;
  }
  throw new Error('nothing was thrown');
}

describe('the description of the module options', () => {
  const described = [...describedOptions(moduleOptions)];

  it('The description of the module options is tried by a good and a bad value for every option', () => {
    const paths = described.map(([path]) => path).filter((it) => !/[[*]/.test(it));
    expect(Object.keys(table).toSorted()).toEqual(paths.toSorted());
  });

  it.each(described)(
    'The description of the module options gives %s a rule and a remedy',
    (_path, { rule, remedy }) => {
      expect(rule).toMatch(/^\S.{2,}[^.]$/);
      expect(remedy).toMatch(/^[A-Z].*\.$/);
    },
  );
});

describe('a good value', () => {
  it.each(cases('good'))('A good value of %s is taken: %j', (path, value) => {
    expect(() => ObservabilityModule.forRoot(optionsWith(path, value))).not.toThrow();
  });

  it('A good value of prometheus.host is taken with a port', () => {
    const prometheus = { port: 0, host: '127.0.0.1' };
    expect(() => ObservabilityModule.forRoot({ prometheus })).not.toThrow();
  });

  it.each([undefined, {}])('A good value is no option at all: %j', (options) => {
    expect(() => ObservabilityModule.forRoot(options)).not.toThrow();
  });
});

describe('a bad value', () => {
  it.each(cases('bad'))('A bad value of %s is refused: %j', (path, value) => {
    const { code, problems, message } = errorOf(() =>
      ObservabilityModule.forRoot(optionsWith(path, value)),
    );
    expect(code).toBe('OBS_OPTION_INVALID');
    const [problem] = problems;
    expect(problem?.subject.startsWith(path)).toBe(true);
    expect(message).toContain(`${problem?.subject} = `);
    if (problem?.subject === path) expect(problem.value).toEqual(value);
  });

  it('A bad value is named together with all others', () => {
    const options = { namespace: 'My Shop', labels: { le: 'x' }, typo: 1 } as never;
    const subjects = errorOf(() => ObservabilityModule.forRoot(options)).problems.map(
      (it) => it.subject,
    );
    expect(subjects.toSorted()).toEqual(['labels.le', 'namespace', 'typo']);
  });

  it.each([null, 'shop', 5, true])('A bad value is what is no object: %j', (options) => {
    expect(errorOf(() => ObservabilityModule.forRoot(options as never)).code).toBe(
      'OBS_OPTION_INVALID',
    );
  });

  it.each([
    ['guards', { port: 0, guards: [Guard] }],
    ['controller', { port: 0, controller: OwnController }],
  ])('A bad value is a port beside %s', (option, prometheus) => {
    const { problems } = errorOf(() => ObservabilityModule.forRoot({ prometheus }));
    expect(problems).toMatchObject([{ subject: `prometheus.${option}` }]);
    expect(problems[0]?.rule).toContain('cannot be combined with prometheus.port');
  });

  it.each([
    ['prometheus', '/internal/metrics'],
    ['health', '/internal/health'],
    ['diagnosis', '/internal/diagnosis'],
  ])(
    'A bad value is a path of %s with a slash at its end, whose remedy shows %s',
    (of, example) => {
      const { problems } = errorOf(() => ObservabilityModule.forRoot({ [of]: { path: '/x/' } }));
      expect(problems).toMatchObject([
        { subject: `${of}.path`, value: '/x/', remedy: `Pass something like '${example}'.` },
      ]);
    },
  );

  it('A bad value is a host without a port, which would be served on all addresses', () => {
    const prometheus = { host: '127.0.0.1' };
    const { problems } = errorOf(() => ObservabilityModule.forRoot({ prometheus }));
    expect(problems).toMatchObject([
      { subject: 'prometheus.host', value: '127.0.0.1', rule: 'needs prometheus.port' },
    ]);
  });
});

describe('forRootAsync', () => {
  it.each<[string, unknown, string]>([
    ['nothing', undefined, 'forRootAsync'],
    ['null', null, 'forRootAsync'],
    ['no source of options', {}, 'forRootAsync'],
    ['two sources', { useFactory: () => ({}), useClass: Guard }, 'forRootAsync'],
    [
      'options beside the factory',
      { useFactory: () => ({}), serviceName: 'x' },
      'forRootAsync.serviceName',
    ],
    ['a typing error', { useFactroy: () => ({}) }, 'forRootAsync.useFactroy'],
    [
      'a bad extra',
      { useFactory: () => ({}), prometheus: { path: 'x' } },
      'forRootAsync.prometheus.path',
    ],
  ])('ForRootAsync refuses %s', (_title, options, subject) => {
    const { code, problems } = errorOf(() => ObservabilityModule.forRootAsync(options as never));
    expect(code).toBe('OBS_OPTION_INVALID');
    expect(problems[0]?.subject).toBe(subject);
  });

  it.each([
    ['serivceName', 'Did you mean serviceName? Return the option from the factory.'],
    ['cardinalty', 'Did you mean cardinality? Return the option from the factory.'],
    ['seriesLimit', 'Did you mean cardinality.seriesLimit? Return the option from the factory.'],
    ['promethus', 'Did you mean prometheus?'],
    ['useFactry', 'Did you mean useFactory?'],
  ])('ForRootAsync names the nearest option for %s beside the factory', (name, remedy) => {
    const options = { useFactory: () => ({}), [name]: 1 };
    const { problems } = errorOf(() => ObservabilityModule.forRootAsync(options as never));
    expect(problems).toMatchObject([{ subject: `forRootAsync.${name}`, remedy }]);
  });

  it.each([
    ['promethus', 'Did you mean prometheus? Move it beside useFactory.'],
    ['serivceName', 'Did you mean serviceName?'],
  ])('The nearest option for %s of a factory is named with its place', (name, remedy) => {
    const { problems } = errorOf(() => assertFactoryOptions({ [name]: 1 }));
    expect(problems).toMatchObject([{ subject: name, remedy }]);
  });

  it('ForRootAsync has the factory told that an option that shapes the module comes too late', () => {
    const { problems } = errorOf(() => assertFactoryOptions({ prometheus: { path: '/x' } }));
    expect(problems).toMatchObject([
      { subject: 'prometheus', remedy: 'Move it beside useFactory.' },
    ]);
  });
});

describe('options of `forRoot()` at a wrong place', () => {
  it.each([
    ['seriesLimit', 'Did you mean cardinality.seriesLimit?'],
    ['port', 'Did you mean prometheus.port or health.port?'],
  ])('The error about %s at the top says: %s', (name, remedy) => {
    expect(() => ObservabilityModule.forRoot({ [name]: 9 } as never)).toThrow(remedy);
  });
});
