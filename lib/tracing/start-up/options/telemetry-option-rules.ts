/** What an option must be, and what to do when it is not. */
export interface TelemetryOptionRule {
  readonly rule: string;
  readonly remedy: string;
}

const on: TelemetryOptionRule = { rule: 'true or false', remedy: 'Pass a boolean.' };
const text: TelemetryOptionRule = {
  rule: '1 to 256 characters of well-formed text',
  remedy: 'Pass a short text, or leave the option out.',
};
const durationMs: TelemetryOptionRule = {
  rule: 'a whole number of milliseconds from 1 to 2147483647',
  remedy: 'Pass something like 5000.',
};
const count: TelemetryOptionRule = {
  rule: 'a whole number from 1 to 1000000',
  remedy: 'Pass something like 2048.',
};

const exporter: TelemetryOptionRule = {
  rule: 'otlp, jaeger, zipkin, console, none, an object whose type is otlp, jaeger, zipkin, console or custom, or an array of those',
  remedy: "Pass something like 'otlp', and only options that the type has.",
};

/** The rule of every option, by its path; array positions are left out of it. */
export const telemetryOptionRules: Readonly<Record<string, TelemetryOptionRule>> = {
  '': { rule: 'an object of known options', remedy: 'Remove the option or correct its name.' },
  enabled: on,
  serviceName: text,
  serviceVersion: text,
  environment: text,
  labels: {
    rule: 'texts of 1 to 256 characters, finite numbers or booleans by attribute name',
    remedy: 'Shorten the value or leave it out.',
  },
  detectors: { rule: 'an object with host and process', remedy: 'Pass { host: false }.' },
  'detectors.host': on,
  'detectors.process': on,
  exporter,
  'exporter.name': text,
  'exporter.protocol': {
    rule: 'http/protobuf, http/json or grpc',
    remedy: "Pass 'http/protobuf', or leave the option out.",
  },
  'exporter.endpoint': {
    rule: 'a URL that begins with http:// or https:// and holds no user or password',
    remedy: "Pass something like 'http://collector:4318'; credentials belong in headers.",
  },
  'exporter.headers': {
    rule: 'printable ASCII texts by HTTP header name',
    remedy: 'Correct the header; its value is not shown here.',
  },
  'exporter.compression': { rule: 'none or gzip', remedy: "Pass 'gzip', or leave the option out." },
  'exporter.timeoutMs': durationMs,
  'exporter.exporter': {
    rule: 'an object with export() and shutdown()',
    remedy: 'Pass a SpanExporter of the OpenTelemetry SDK.',
  },
  sampler: {
    rule: 'always, never, an object whose type is ratio, parent-based, rate-limit or by-name, or an object with shouldSample()',
    remedy: "Pass something like { type: 'parent-based', root: { type: 'ratio', ratio: 0.1 } }.",
  },
  'sampler.ratio': { rule: 'a number from 0 to 1', remedy: 'Pass a share: 0.1 is 10 %.' },
  'sampler.spansPerSecond': {
    rule: 'a finite number above 0',
    remedy: "Pass something like 10; 'never' keeps none.",
  },
  'sampler.rules': {
    rule: 'a list of at least one { name, sampler }',
    remedy: "Pass something like [{ name: 'query *', sampler: 'never' }].",
  },
  keepErrors: on,
  propagators: {
    rule: 'a list of tracecontext and baggage',
    remedy: "Pass ['tracecontext', 'baggage'], or leave the option out.",
  },
  batch: {
    rule: 'an object with maxQueueSize, maxBatchSize, delayMs and exportTimeoutMs, where maxBatchSize is not above maxQueueSize',
    remedy: 'Raise maxQueueSize or lower maxBatchSize.',
  },
  'batch.maxQueueSize': count,
  'batch.maxBatchSize': count,
  'batch.delayMs': durationMs,
  'batch.exportTimeoutMs': durationMs,
  spanProcessors: {
    rule: 'a list of objects with onStart(), onEnd(), forceFlush() and shutdown()',
    remedy: 'Pass SpanProcessors of the OpenTelemetry SDK.',
  },
  traceStore: {
    rule: 'true, false, or an object with limits of the store',
    remedy: 'Pass something like { maxSpans: 5000 }.',
  },
  shutdownTimeoutMs: durationMs,
  warn: { rule: 'a function', remedy: 'Pass (message) => logger.warn(message).' },
  clock: {
    rule: 'an object with monotonicMs() and wallMs()',
    remedy: 'Pass a Clock, or leave it out.',
  },
};

/** The rule of the option at this path, else of the one it belongs to. */
export function telemetryRuleOf(path: string): TelemetryOptionRule {
  const parts = path.split('.').filter((it) => !/^\d+$/.test(it));
  // Samplers nest: the last name inside decides.
  const [first] = parts;
  const own =
    first === 'sampler' ? telemetryOptionRules[`sampler.${parts.at(-1) ?? ''}`] : undefined;
  if (own !== undefined) return own;
  for (let length = parts.length; length > 0; length--) {
    const rule = telemetryOptionRules[parts.slice(0, length).join('.')];
    if (rule !== undefined) return rule;
  }
  return telemetryOptionRules[''] as TelemetryOptionRule;
}
