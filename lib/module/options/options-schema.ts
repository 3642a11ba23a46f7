import * as v from 'valibot';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import { dialects } from '../../exporters/prometheus/dialects/dialects.js';
import { LABEL_VALUE_LIMIT, labelNameProblem } from '../../kernel/label.js';
import { catalogue } from '../../metrics/catalogue/catalogue.js';
import { cardinalitySchema } from './cardinality-schema.js';
import { healthSchema } from './health-schema.js';
import { combinationRules, misplacedRule, type OptionRule, ruleOf } from './option-rules.js';
import type { ObservabilityModuleExtras, ObservabilityOptions } from './observability-options.js';

const MAX_COMBINATIONS = 1000;
// The exposition writes these itself.
const RESERVED_LABELS = ['le', 'quantile'];
const catalogueLabels = new Set(
  catalogue.flatMap(({ metrics }) => metrics.flatMap(({ labels = [] }) => labels)),
);

const text = v.pipe(
  v.string(),
  v.check((it) => it.trim() !== '' && it.isWellFormed()),
  v.maxLength(LABEL_VALUE_LIMIT),
);
const labelName = v.pipe(
  v.string(),
  v.check((it) => labelNameProblem(it) === undefined && !RESERVED_LABELS.includes(it)),
);
const handlerLabelName = v.pipe(
  labelName,
  v.check((it) => !catalogueLabels.has(it)),
);
const someFunction = v.custom<(...args: never[]) => unknown>((it) => typeof it === 'function');
const exporter = v.looseObject({
  name: v.pipe(v.string(), v.regex(/^[a-z0-9_]{1,64}$/)),
  open: someFunction,
});
const clock = v.looseObject({ monotonicMs: someFunction, wallMs: someFunction });
const path = v.pipe(v.string(), v.regex(/^\/(?:[\w\-.~]+(?:\/[\w\-.~]+)*)?$/));

const tracingSchema = v.strictObject({
  ageLimitMs: v.optional(v.pipe(v.number(), v.minValue(0))),
  linkLimit: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(128))),
  store: v.optional(v.looseObject({ getTrace: someFunction, findTraces: someFunction })),
});

const discoverySchema = v.strictObject({
  exclude: v.optional(v.array(v.string())),
  names: v.optional(v.record(v.string(), text)),
});

const cqrsClasses = v.array(v.union([someFunction, text]));
const cqrsSchema = v.strictObject({
  include: v.optional(cqrsClasses),
  exclude: v.optional(cqrsClasses),
});

const httpSchema = v.strictObject({
  exclude: v.optional(v.array(v.pipe(v.string(), v.regex(/^\/(?:[^\s?#*]*|(?:[^\s?#*]*\/)?\*)$/)))),
  buckets: v.optional(
    v.pipe(v.array(v.pipe(v.number(), v.finite(), v.gtValue(0))), v.check(isAscending)),
  ),
});

// A timer takes no longer delay than this.
const milliseconds = v.pipe(v.number(), v.gtValue(0), v.maxValue(2 ** 31 - 1));
const token = v.union([v.pipe(v.string(), v.nonEmpty()), v.symbol(), someFunction]);
const projectionsSchema = v.strictObject({
  periodMs: v.optional(milliseconds),
  timeoutMs: v.optional(milliseconds),
  head: v.optional(token),
  checkpoint: v.optional(token),
  idleAfterMs: v.optional(v.pipe(v.number(), v.gtValue(0))),
  stalledAfterMs: v.optional(v.pipe(v.number(), v.gtValue(0))),
});

const waiting = v.pipe(v.number(), v.minValue(0), v.maxValue(2 ** 31 - 1));
const drainSchema = v.strictObject({
  readinessDelayMs: v.optional(waiting),
  timeoutMs: v.optional(waiting),
  flushTimeoutMs: v.optional(waiting),
  newWork: v.optional(v.picklist(['finish', 'refuse'])),
});

const clusterSchema = v.strictObject({ timeoutMs: v.optional(milliseconds) });

const optionsSchema = v.strictObject({
  enabled: v.optional(v.boolean()),
  namespace: v.optional(v.pipe(v.string(), v.regex(/^[a-z](?:[a-z0-9_]{0,30}[a-z0-9])?$/))),
  serviceName: v.optional(text),
  serviceVersion: v.optional(text),
  environment: v.optional(text),
  labels: v.optional(v.record(labelName, text)),
  handlerLabels: v.optional(
    v.pipe(
      v.record(handlerLabelName, v.pipe(v.array(text), v.minLength(1))),
      v.check((it) => combinations(it) <= MAX_COMBINATIONS),
    ),
  ),
  cardinality: v.optional(cardinalitySchema),
  tracing: v.optional(falseOr(tracingSchema)),
  pools: v.optional(falseOr(discoverySchema)),
  circuitBreakers: v.optional(falseOr(discoverySchema)),
  cqrs: v.optional(falseOr(cqrsSchema)),
  http: v.optional(falseOr(httpSchema)),
  projections: v.optional(projectionsSchema),
  exporters: v.optional(v.array(exporter)),
  cluster: v.optional(
    v.lazy((it) => (typeof it === 'boolean' ? v.boolean() : (clusterSchema as v.GenericSchema))),
  ),
  drain: v.optional(falseOr(drainSchema)),
  debug: v.optional(v.boolean()),
  clock: v.optional(clock),
  rejections: v.optional(v.array(someFunction)),
  criticalErrors: v.optional(v.array(someFunction)),
  errorCategory: v.optional(someFunction),
});

const prometheusEntries = v.strictObject({
  path: v.optional(path),
  guards: v.optional(v.array(someFunction)),
  imports: v.optional(v.array(v.any())),
  controller: v.optional(someFunction),
  port: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(65_535))),
  host: v.optional(v.pipe(v.string(), v.nonEmpty())),
  excludeFromGlobalPrefix: v.optional(v.boolean()),
  defaultMetrics: v.optional(v.boolean()),
  exemplars: v.optional(v.boolean()),
  created: v.optional(v.boolean()),
  dialects: v.optional(v.array(v.picklist(Object.keys(dialects)))),
  register: v.optional(v.boolean()),
});

const prometheusSchema = v.pipe(
  prometheusEntries,
  v.forward(
    v.check(({ port, guards = [] }) => port === undefined || guards.length === 0, 'own-port'),
    ['guards'],
  ),
  v.forward(
    v.check(({ port, controller }) => port === undefined || controller === undefined, 'own-port'),
    ['controller'],
  ),
  v.forward(
    v.check(({ port, host }) => port !== undefined || host === undefined, 'no-port'),
    ['host'],
  ),
);

const extrasSchema = v.strictObject({
  isGlobal: v.optional(v.boolean()),
  prometheus: v.optional(falseOr(prometheusSchema)),
  health: v.optional(falseOr(healthSchema)),
});

/** @throws ConfigurationError `OBS_OPTION_INVALID` */
export function assertOptions(options: unknown): asserts options is ObservabilityOptions {
  assertMatches(optionsSchema, options);
}

/** @throws ConfigurationError `OBS_OPTION_INVALID` */
export function assertExtras(extras: unknown): asserts extras is ObservabilityModuleExtras {
  assertMatches(extrasSchema, extras);
}

/** The names of the options that shape the module. */
export const extraNames: readonly string[] = Object.keys(extrasSchema.entries);

/** Every option, by its path. */
export const optionPaths: readonly string[] = [
  ...Object.keys(optionsSchema.entries),
  ...Object.keys(cardinalitySchema.entries).map((it) => `cardinality.${it}`),
  ...Object.keys(tracingSchema.entries).map((it) => `tracing.${it}`),
  ...discoveryPaths('pools'),
  ...discoveryPaths('circuitBreakers'),
  ...Object.keys(cqrsSchema.entries).map((it) => `cqrs.${it}`),
  ...Object.keys(httpSchema.entries).map((it) => `http.${it}`),
  ...Object.keys(projectionsSchema.entries).map((it) => `projections.${it}`),
  ...Object.keys(clusterSchema.entries).map((it) => `cluster.${it}`),
  ...Object.keys(drainSchema.entries).map((it) => `drain.${it}`),
  ...extraNames,
  ...Object.keys(prometheusEntries.entries).map((it) => `prometheus.${it}`),
  ...Object.keys(healthSchema.entries).map((it) => `health.${it}`),
];

function discoveryPaths(option: string): string[] {
  return Object.keys(discoverySchema.entries).map((it) => `${option}.${it}`);
}

function assertMatches(schema: v.GenericSchema, value: unknown): void {
  const result = v.safeParse(schema, value);
  if (result.success) return;
  const problems = result.issues.map((issue) => {
    const subject = v.getDotPath(issue) ?? 'options';
    // A rule about two options is reported with the object that holds them.
    const value = issue.message in combinationRules ? issue.path?.at(-1)?.value : issue.input;
    return { subject, value, ...brokenRule(issue, subject) };
  });
  throw new ConfigurationError('OBS_OPTION_INVALID', ...problems);
}

function brokenRule({ expected, message }: v.BaseIssue<unknown>, subject: string): OptionRule {
  const isUnknownKey = expected === 'never';
  if (isUnknownKey && optionPaths.includes(subject)) return misplacedRule;
  return combinationRules[message] ?? ruleOf(isUnknownKey ? '' : subject);
}

/** Unlike a union, it names the option inside the object that is wrong. */
function falseOr(schema: v.GenericSchema): v.GenericSchema {
  return v.lazy((input) => (input === false ? v.literal(false) : schema));
}

function combinations(labels: Readonly<Record<string, readonly string[]>>): number {
  return Object.values(labels).reduce((product, values) => product * values.length, 1);
}

function isAscending(bounds: number[]): boolean {
  return bounds.length > 0 && bounds.every((it, i) => i === 0 || it > (bounds[i - 1] as number));
}
