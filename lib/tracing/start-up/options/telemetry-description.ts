import * as v from 'valibot';
import { assertOptions } from '../../../options/assert-options.js';
import {
  deferred,
  type DeferredDescription,
  group,
  list,
  option,
  type OptionDescription,
  type OptionRule,
  record,
  variant,
} from '../../../options/description.js';
import {
  callback,
  clock,
  flag,
  hasMethods,
  objectWith,
  oneOf,
  ratio,
  schemaOf,
  text,
  timerMs,
  wholeNumber,
} from '../../../options/standard-options.js';
import { otlpTransportMembers } from '../../../otlp/transport-options.js';
import type {
  ByNameSamplerOptions,
  NameRule,
  ParentBasedSamplerOptions,
  RateLimitSamplerOptions,
  RatioSamplerOptions,
} from '../../samplers/sampler-options.js';
import { inMemoryTraceStoreOptions } from '../../store/memory/in-memory-trace-store-options.js';
import { isThriftAddress, thriftNames, thriftRule } from './thrift-address.js';
import {
  propagatorNames,
  type BatchOptions,
  type ConsoleExporterOptions,
  type CustomExporterOptions,
  type DetectorOptions,
  type OtlpExporterOptions,
  type TelemetryOptions,
  type ZipkinExporterOptions,
} from './telemetry-options.js';

const shortText = text(256);
const { protocol, endpoint, headers, compression } = otlpTransportMembers;
const name = shortText;
// Credentials belong in headers, because URLs appear in request logs.
const safeEndpoint = option(v.pipe(schemaOf(endpoint), v.check(hasNoUser)), {
  rule: 'a URL that begins with http:// or https:// and has no user or password',
  remedy: "Pass something like 'http://collector:4318'; credentials belong in headers.",
  secret: true,
});
const otlp = group<Omit<OtlpExporterOptions, 'type'>>({
  name,
  protocol,
  endpoint: safeEndpoint,
  headers,
  compression,
  timeoutMs: timerMs(),
});

const jaeger = group<Omit<OtlpExporterOptions, 'type'>>(otlp.members as never, {
  rule: 'an object of options',
  remedy: thriftRule.remedy,
  misplaced: thriftNames,
  checks: [{ ...thriftRule, at: 'endpoint', holds: ({ endpoint: it }) => !isThriftAddress(it) }],
});

const words = v.picklist(['otlp', 'jaeger', 'zipkin', 'console', 'none']);
const exporterRule: OptionRule = {
  rule: 'otlp, jaeger, zipkin, console, none, or an object whose type is otlp, jaeger, zipkin, console or custom',
  remedy: "Pass something like 'otlp'.",
};
const exporter = variant(
  {
    by: 'type',
    among: {
      otlp,
      jaeger,
      zipkin: group<Omit<ZipkinExporterOptions, 'type'>>({
        name,
        endpoint: safeEndpoint,
        headers,
        timeoutMs: timerMs(),
      }),
      console: group<Omit<ConsoleExporterOptions, 'type'>>({ name }),
      custom: group<Omit<CustomExporterOptions, 'type'>>({
        name: text(256, { required: true, remedy: "Pass something like 'otlp_eu'." }),
        exporter: {
          ...objectWith(['export', 'shutdown'], 'Pass a SpanExporter of the OpenTelemetry SDK.'),
          required: true,
        },
        timeoutMs: timerMs(),
      }),
    },
    or: words,
  },
  exporterRule,
);

const samplerRule: OptionRule = {
  rule: 'always, never, an object whose type is ratio, parent-based, rate-limit or by-name, or an object with shouldSample()',
  remedy: "Pass something like { type: 'parent-based', root: { type: 'ratio', ratio: 0.1 } }.",
};
const nested: DeferredDescription = deferred(() => sampler, samplerRule);
const requiredSampler: DeferredDescription = { ...nested, required: true };
const rulesRule: OptionRule = {
  rule: 'an array of at least one { name, sampler }',
  remedy: "Pass something like [{ name: 'query *', sampler: 'never' }].",
};
const sampler: OptionDescription = variant(
  {
    by: 'type',
    among: {
      ratio: group<Omit<RatioSamplerOptions, 'type'>>({
        ratio: ratio({ remedy: 'Pass a share: 0.1 is 10 %.', required: true }),
      }),
      'parent-based': group<Omit<ParentBasedSamplerOptions, 'type'>>({ root: requiredSampler }),
      'rate-limit': group<Omit<RateLimitSamplerOptions, 'type'>>({
        spansPerSecond: option(v.pipe(v.number(), v.finite(), v.gtValue(0)), {
          rule: 'a finite number above 0',
          remedy: "Pass something like 10; 'never' keeps none.",
          required: true,
        }),
      }),
      'by-name': group<Omit<ByNameSamplerOptions, 'type'>>({
        rules: list(
          group<NameRule>({
            name: option(v.pipe(v.string(), v.minLength(1)), {
              rule: 'a span name, or its beginning with *',
              remedy: "Pass something like 'query *'.",
              required: true,
            }),
            sampler: requiredSampler,
          }),
          { ...rulesRule, atLeast: 1, required: true },
        ),
        otherwise: nested,
      }),
    },
    or: v.union([v.picklist(['always', 'never']), v.custom(hasMethods(['shouldSample']))]),
  },
  samplerRule,
);

const spans = wholeNumber(1, 1_000_000, { remedy: 'Pass something like 2048.' });
const batch = group<BatchOptions>(
  {
    maxQueueSize: spans,
    maxBatchSize: spans,
    delayMs: timerMs(),
    exportTimeoutMs: timerMs(),
  },
  {
    rule: 'an object with maxQueueSize, maxBatchSize, delayMs and exportTimeoutMs',
    remedy: 'Pass something like { maxQueueSize: 4096 }.',
    checks: [
      {
        at: 'maxBatchSize',
        rule: 'must not be above maxQueueSize',
        remedy: 'Raise maxQueueSize or lower maxBatchSize.',
        holds: ({ maxBatchSize = 0, maxQueueSize = Infinity }) =>
          Number(maxBatchSize) <= Number(maxQueueSize),
      },
    ],
  },
);

const attributeRule: OptionRule = {
  rule: 'a text of 1 to 256 characters, a finite number or a boolean',
  remedy: 'Shorten the value or leave it out.',
};

/** Description of {@link TelemetryOptions}. The reference of options reads it. @public */
export const telemetryOptions = group<TelemetryOptions>(
  {
    enabled: flag(),
    serviceName: shortText,
    serviceVersion: shortText,
    environment: shortText,
    labels: record(
      {
        key: shortText,
        value: option(
          v.union([v.boolean(), v.pipe(v.number(), v.finite()), schemaOf(shortText)]),
          attributeRule,
        ),
      },
      {
        ...attributeRule,
        rule: 'an object of texts, finite numbers or booleans by attribute name',
      },
    ),
    detectors: group<DetectorOptions>(
      { host: flag(), process: flag() },
      { rule: 'an object with host and process', remedy: 'Pass { host: false }.' },
    ),
    exporter: list(exporter, {
      ...exporterRule,
      rule: `${exporterRule.rule}, or an array of those`,
      single: true,
    }),
    sampler,
    keepErrors: flag(),
    metrics: flag(),
    propagators: list(oneOf(propagatorNames), {
      rule: `an array of ${propagatorNames.join(', ')}`,
      remedy: "Pass ['tracecontext', 'baggage'], or leave the option out.",
    }),
    batch,
    spanProcessors: list(
      objectWith(
        ['onStart', 'onEnd', 'forceFlush', 'shutdown'],
        'Pass a SpanProcessor of the OpenTelemetry SDK.',
      ),
      {
        rule: 'an array of span processors',
        remedy: 'Pass SpanProcessors of the OpenTelemetry SDK.',
      },
    ),
    traceStore: {
      ...inMemoryTraceStoreOptions,
      rule: 'true, false, or an object with limits of the store',
      or: flag().schema,
    },
    shutdownTimeoutMs: timerMs(),
    warn: callback('Pass (message) => logger.warn(message).'),
    clock: clock(),
  },
  { rule: 'an object of options', remedy: 'Pass an object, or nothing.' },
);

/** @throws ConfigurationError `OBS_OPTION_INVALID` */
export function assertTelemetryOptions(options: unknown): asserts options is TelemetryOptions {
  assertOptions('', telemetryOptions, options);
}

function hasNoUser(it: unknown): boolean {
  const { username, password } = new URL(String(it));
  return username === '' && password === '';
}
