import * as v from 'valibot';
import { ConfigurationError } from '../../../kernel/configuration-error.js';
import { otlpTransportMembers } from '../../../otlp/transport-options.js';
import { telemetryRuleOf } from './telemetry-option-rules.js';
import type { TelemetryOptions } from './telemetry-options.js';

const MAX_TEXT_LENGTH = 256;
// setTimeout takes no more.
const MAX_DURATION_MS = 2_147_483_647;
const HIDDEN = 'a value that is not shown';

const text = v.pipe(
  v.string(),
  v.check((it) => it.trim() !== '' && it.isWellFormed()),
  v.maxLength(MAX_TEXT_LENGTH),
);
const durationMs = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_DURATION_MS));
const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1_000_000));
const someFunction = v.custom<(...args: never[]) => unknown>((it) => typeof it === 'function');
// Credentials belong in headers: a URL is no secret to what logs requests.
const endpoint = v.pipe(v.string(), v.check(holdsNoCredentials));
const { headers, protocol, compression } = otlpTransportMembers;

const otlpEntries = {
  name: v.optional(text),
  protocol: v.optional(protocol.schema),
  endpoint: v.optional(endpoint),
  headers: v.optional(headers.schema),
  compression: v.optional(compression.schema),
  timeoutMs: v.optional(durationMs),
};
const exporterObject = v.variant('type', [
  v.strictObject({ type: v.literal('otlp'), ...otlpEntries }),
  v.strictObject({ type: v.literal('jaeger'), ...otlpEntries }),
  v.strictObject({
    type: v.literal('zipkin'),
    name: v.optional(text),
    endpoint: v.optional(endpoint),
    headers: v.optional(headers.schema),
    timeoutMs: v.optional(durationMs),
  }),
  v.strictObject({ type: v.literal('console'), name: v.optional(text) }),
  v.strictObject({
    type: v.literal('custom'),
    name: text,
    exporter: v.looseObject({ export: someFunction, shutdown: someFunction }),
    timeoutMs: v.optional(durationMs),
  }),
]);
const exporterWord = v.picklist(['otlp', 'jaeger', 'zipkin', 'console', 'none']);
// Unlike a union, it names the option inside the object that is wrong.
const oneExporter = v.lazy((it) => (typeof it === 'object' ? exporterObject : exporterWord));
const exporter = v.lazy((it) => (Array.isArray(it) ? v.array(oneExporter) : oneExporter));

const customSampler = v.looseObject({ shouldSample: someFunction });
const sampler: v.GenericSchema = v.lazy((it) => {
  if (typeof it !== 'object' || it === null) return v.picklist(['always', 'never']);
  return 'shouldSample' in it ? customSampler : samplerObject;
});
const samplerObject = v.variant('type', [
  v.strictObject({
    type: v.literal('ratio'),
    ratio: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
  }),
  v.strictObject({ type: v.literal('parent-based'), root: sampler }),
  v.strictObject({
    type: v.literal('rate-limit'),
    spansPerSecond: v.pipe(v.number(), v.finite(), v.gtValue(0)),
  }),
  v.strictObject({
    type: v.literal('by-name'),
    rules: v.pipe(
      v.array(v.strictObject({ name: v.pipe(v.string(), v.nonEmpty()), sampler })),
      v.minLength(1),
    ),
    otherwise: v.optional(sampler),
  }),
]);

const telemetryOptionsSchema = v.strictObject({
  enabled: v.optional(v.boolean()),
  serviceName: v.optional(text),
  serviceVersion: v.optional(text),
  environment: v.optional(text),
  labels: v.optional(v.record(text, v.union([text, v.pipe(v.number(), v.finite()), v.boolean()]))),
  detectors: v.optional(
    v.strictObject({ host: v.optional(v.boolean()), process: v.optional(v.boolean()) }),
  ),
  exporter: v.optional(exporter),
  sampler: v.optional(sampler),
  keepErrors: v.optional(v.boolean()),
  propagators: v.optional(v.array(v.picklist(['tracecontext', 'baggage']))),
  batch: v.optional(
    v.pipe(
      v.strictObject({
        maxQueueSize: v.optional(count),
        maxBatchSize: v.optional(count),
        delayMs: v.optional(durationMs),
        exportTimeoutMs: v.optional(durationMs),
      }),
      v.check(({ maxBatchSize = 0, maxQueueSize = Infinity }) => maxBatchSize <= maxQueueSize),
    ),
  ),
  spanProcessors: v.optional(
    v.array(
      v.looseObject({
        onStart: someFunction,
        onEnd: someFunction,
        forceFlush: someFunction,
        shutdown: someFunction,
      }),
    ),
  ),
  // The store itself knows the rules of its options.
  traceStore: v.optional(v.union([v.boolean(), v.looseObject({})])),
  shutdownTimeoutMs: v.optional(durationMs),
  warn: v.optional(someFunction),
  clock: v.optional(v.looseObject({ monotonicMs: someFunction, wallMs: someFunction })),
});

/** @throws ConfigurationError `OBS_OPTION_INVALID` */
export function assertTelemetryOptions(options: unknown): asserts options is TelemetryOptions {
  const result = v.safeParse(telemetryOptionsSchema, options);
  if (result.success) return;
  const problems = result.issues.map((issue) => {
    const path = v.getDotPath(issue) ?? '';
    const isUnknownKey = issue.expected === 'never';
    return {
      subject: path === '' ? 'options' : path,
      value: isSecret(path) ? HIDDEN : issue.input,
      ...telemetryRuleOf(isUnknownKey ? '' : path),
    };
  });
  throw new ConfigurationError('OBS_OPTION_INVALID', ...problems);
}

/** Header values are keys and tokens, and a URL may hold a password: neither belongs in a log. */
function isSecret(path: string): boolean {
  return /(^|\.)(headers|endpoint)(\.|$)/.test(path);
}

function holdsNoCredentials(value: string): boolean {
  if (!v.is(otlpTransportMembers.endpoint.schema, value)) return false;
  const { username, password } = new URL(value);
  return username === '' && password === '';
}
