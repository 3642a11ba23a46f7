/** What an option must be, and what to do when it is not. */
export interface OptionRule {
  readonly rule: string;
  readonly remedy: string;
}

const on: OptionRule = { rule: 'true or false', remedy: 'Pass a boolean.' };
const ratio: OptionRule = { rule: 'a number from 0 to 1', remedy: 'Pass a share: 0.9 is 90 %.' };
const text: OptionRule = {
  rule: '1 to 128 characters of well-formed text',
  remedy: 'Pass a short text, or leave the option out.',
};
const path: OptionRule = {
  rule: 'a path that begins with /, does not end with one and has no query, wildcard or parameter',
  remedy: "Pass something like '/internal/metrics'.",
};
const classes: OptionRule = {
  rule: 'an array of error classes',
  remedy: 'Pass the classes themselves.',
};
const cqrsClasses: OptionRule = {
  rule: 'an array of classes or their names: handlers, commands, queries or events',
  remedy: 'Pass the classes themselves.',
};

const discovery: OptionRule = {
  rule: 'an object with exclude and names, or false',
  remedy: 'Pass { exclude: [], names: {} }, or false for those registered by hand only.',
};
const exclude: OptionRule = {
  rule: 'an array of names',
  remedy: 'Pass the names as they are reported.',
};
const names: OptionRule = {
  rule: 'names of 1 to 128 characters by the name that each would have',
  remedy: "Pass something like { ORDERS_POOL: 'orders' }.",
};

const duration: OptionRule = {
  rule: 'a number of milliseconds above 0',
  remedy: 'Pass something like 5000.',
};
const waiting: OptionRule = {
  rule: 'a number of milliseconds from 0 to 2147483647',
  remedy: 'Pass something like 5000; 0 does not wait.',
};
const token: OptionRule = {
  rule: 'the token of a provider',
  remedy: 'Pass the class or token of a provider of the application.',
};

/** The rule of every option, by its path. */
export const optionRules: Readonly<Record<string, OptionRule>> = {
  '': { rule: 'an object of known options', remedy: 'Remove the option or correct its name.' },
  enabled: on,
  namespace: {
    rule: '1 to 32 lower-case letters, digits and underscores, the first a letter and the last no underscore',
    remedy: "Pass something like 'shop'.",
  },
  serviceName: text,
  serviceVersion: text,
  environment: text,
  labels: {
    rule: 'values of 1 to 128 characters by label name; names match [a-zA-Z_][a-zA-Z0-9_]*, do not begin with __ and are not le or quantile',
    remedy: 'Rename the label or shorten its value.',
  },
  handlerLabels: {
    rule: 'a list of 1 to 128 character values by label name, at most 1000 combinations; names as in labels, and no name of the catalogue',
    remedy: 'Rename the label or list fewer values.',
  },
  cardinality: {
    rule: 'an object with seriesLimit, totalSeriesLimit, perMetric and labels',
    remedy: 'Pass something like { seriesLimit: 1000 }.',
  },
  'cardinality.seriesLimit': {
    rule: 'a whole number from 1 to 1000000',
    remedy: 'Pass the number of series a metric may have.',
  },
  'cardinality.totalSeriesLimit': {
    rule: 'a whole number from 1 to 10000000',
    remedy: 'Pass the number of series that all metrics together may have.',
  },
  'cardinality.perMetric': {
    rule: 'by metric name a series limit from 1 to 1000000, or an object with seriesLimit and labels',
    remedy: 'Pass something like { shop_payments_total: 50 }.',
  },
  'cardinality.labels': {
    rule: 'by label name an object with allow (values of 1 to 128 characters), groups (objects with the RegExp match and the value as) or buckets (1 to 1000)',
    remedy: "Pass something like { tenant: { buckets: 16 }, region: { allow: ['eu', 'us'] } }.",
  },
  tracing: { rule: 'an object or false', remedy: 'Pass options of spans, or false for none.' },
  'tracing.ageLimitMs': {
    rule: 'a number of milliseconds, 0 or more',
    remedy: 'Pass something like 120000.',
  },
  'tracing.linkLimit': { rule: 'a whole number from 0 to 128', remedy: 'Pass something like 128.' },
  'tracing.store': {
    rule: 'an object with getTrace() and findTraces()',
    remedy: 'Pass a JaegerTraceStore, a TempoTraceStore, or leave the option out.',
  },
  pools: discovery,
  'pools.exclude': exclude,
  'pools.names': names,
  circuitBreakers: discovery,
  'circuitBreakers.exclude': exclude,
  'circuitBreakers.names': names,
  cqrs: {
    rule: 'an object with include and exclude, or false',
    remedy: 'Pass what to observe, or false for nothing.',
  },
  'cqrs.include': cqrsClasses,
  'cqrs.exclude': cqrsClasses,
  http: { rule: 'an object or false', remedy: 'Pass options of the metrics, or false for none.' },
  'http.exclude': {
    rule: 'an array of route templates that begin with / and have a * only as their last segment',
    remedy: "Pass something like ['/orders/:id', '/internal/*'].",
  },
  'http.buckets': {
    rule: 'at least one bound, finite, above 0 and ascending, in seconds',
    remedy: 'Sort the bounds and leave +Inf out.',
  },
  projections: {
    rule: 'an object of known options',
    remedy: 'Pass something like { head: LogHead }.',
  },
  'projections.periodMs': duration,
  'projections.timeoutMs': duration,
  'projections.head': token,
  'projections.checkpoint': token,
  'projections.idleAfterMs': duration,
  'projections.stalledAfterMs': duration,
  exporters: {
    rule: 'an array of exporters, each with open() and a name of 1 to 64 lower-case letters, digits and underscores',
    remedy: 'Pass something like [otlp()].',
  },
  cluster: {
    rule: 'true, false, or an object with timeoutMs',
    remedy: 'Pass true in workers whose primary calls aggregateCluster().',
  },
  'cluster.timeoutMs': duration,
  drain: {
    rule: 'an object of known options, or false',
    remedy: 'Pass something like { readinessDelayMs: 5000 }, or false for no waiting.',
  },
  'drain.readinessDelayMs': waiting,
  'drain.timeoutMs': waiting,
  'drain.flushTimeoutMs': waiting,
  'drain.newWork': { rule: "'finish' or 'refuse'", remedy: 'Pass one of the two words.' },
  debug: on,
  clock: {
    rule: 'an object with monotonicMs() and wallMs()',
    remedy: 'Pass a Clock, or leave it out.',
  },
  rejections: classes,
  criticalErrors: classes,
  errorCategory: { rule: 'a function', remedy: 'Pass (error) => category.' },
  isGlobal: on,
  prometheus: {
    rule: 'an object or false',
    remedy: 'Pass options of the endpoint, or false for none.',
  },
  'prometheus.path': path,
  'prometheus.guards': {
    rule: 'an array of guard classes',
    remedy: 'Pass the classes themselves.',
  },
  'prometheus.imports': { rule: 'an array of modules', remedy: 'Pass what a module imports.' },
  'prometheus.controller': { rule: 'a controller class', remedy: 'Extend MetricsController.' },
  'prometheus.port': { rule: 'a whole number from 0 to 65535', remedy: 'Pass a free TCP port.' },
  'prometheus.host': { rule: 'a host name or address', remedy: "Pass something like '127.0.0.1'." },
  'prometheus.excludeFromGlobalPrefix': on,
  'prometheus.defaultMetrics': on,
  'prometheus.exemplars': on,
  'prometheus.created': on,
  'prometheus.dialects': {
    rule: "an array of 'eventcore-0.1' and 'eventflux'",
    remedy: "Pass something like ['eventflux'].",
  },
  'prometheus.register': on,
  health: {
    rule: 'an object or false',
    remedy: 'Pass options of the endpoints, or false for none.',
  },
  'health.path': path,
  'health.aliases': on,
  'health.excludeFromGlobalPrefix': on,
  'health.maxHeapRatio': ratio,
  'health.maxEventLoopDelayMs': {
    rule: 'a number of milliseconds above 0',
    remedy: 'Pass something like 1000.',
  },
  'health.maxCommandErrorRatio': ratio,
  'health.maxProjectionLagSeconds': {
    rule: 'a number of seconds above 0',
    remedy: 'Pass something like 300.',
  },
  'health.checks': {
    rule: 'an array of health checks: name, check, and their settings',
    remedy: "Pass something like [{ name: 'orders', check: () => true }].",
  },
  'health.groups': {
    rule: 'names of health checks by the name of a group: lower-case letters, digits, _ and -',
    remedy: "Pass something like { ready: ['orders_database'] }.",
  },
  'health.details': {
    rule: "'always', 'never', or a function of the request",
    remedy: "Pass something like (request) => request.headers['x-token'] === token.",
  },
  'health.readyAfterCatchUp': on,
};

/** Rules about two options together, by the word that the schema reports them with. */
export const combinationRules: Readonly<Record<string, OptionRule>> = {
  'own-port': {
    rule: 'not together with prometheus.port: no guard and no route of Nest is asked there',
    remedy: 'Remove one of the two; bind the port to an address that only the scraper reaches.',
  },
  'no-port': {
    rule: 'only together with prometheus.port',
    remedy: 'Add prometheus.port, or remove the host.',
  },
};

/** For an option that shapes the module and was returned by a factory. */
export const misplacedRule: OptionRule = {
  rule: 'it shapes the module, so it is needed before the factory runs',
  remedy: 'Move it beside useFactory.',
};

/** The rule of the option at this path, else of the one it belongs to. */
export function ruleOf(path: string): OptionRule {
  const parts = path.split('.');
  for (let length = parts.length; length > 0; length--) {
    const rule = optionRules[parts.slice(0, length).join('.')];
    if (rule !== undefined) return rule;
  }
  return optionRules[''] as OptionRule;
}
