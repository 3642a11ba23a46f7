import type { CheckedFile } from './file-parts.js';
import type { Environment } from '../options/standard-variables.js';

const otlp = (signal: string) =>
  Object.fromEntries(
    Object.entries({
      protocol: 'PROTOCOL',
      endpoint: 'ENDPOINT',
      headers: 'HEADERS',
      compression: 'COMPRESSION',
      timeoutMs: 'TIMEOUT',
    }).map(([name, end]) => [
      name,
      [`OTEL_EXPORTER_OTLP_${signal}_${end}`, `OTEL_EXPORTER_OTLP_${end}`],
    ]),
  );

/** Variables that an option of a file takes the place of, by the path of the option without the indexes of lists. */
const VARIABLES: Readonly<Record<string, readonly string[]>> = {
  'telemetry.enabled': ['OTEL_SDK_DISABLED'],
  'telemetry.serviceName': ['OTEL_SERVICE_NAME'],
  'telemetry.exporter': ['OTEL_TRACES_EXPORTER'],
  'telemetry.exporters': ['OTEL_TRACES_EXPORTER'],
  'telemetry.sampler': ['OTEL_TRACES_SAMPLER', 'OTEL_TRACES_SAMPLER_ARG'],
  'telemetry.metrics': ['OTEL_METRICS_EXPORTER'],
  'telemetry.propagators': ['OTEL_PROPAGATORS'],
  'telemetry.batch.maxQueueSize': ['OTEL_BSP_MAX_QUEUE_SIZE'],
  'telemetry.batch.maxBatchSize': ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE'],
  'telemetry.batch.delayMs': ['OTEL_BSP_SCHEDULE_DELAY'],
  'telemetry.batch.exportTimeoutMs': ['OTEL_BSP_EXPORT_TIMEOUT'],
  ...below('telemetry.exporter', otlp('TRACES')),
  ...below('telemetry.exporters.otlp', otlp('TRACES')),
  ...below('telemetry.exporters.jaeger', otlp('TRACES')),
  'telemetry.exporters.zipkin.endpoint': ['OTEL_EXPORTER_ZIPKIN_ENDPOINT'],
  'telemetry.exporters.zipkin.timeoutMs': ['OTEL_EXPORTER_ZIPKIN_TIMEOUT'],
  ...below('exporters.otlp', otlp('METRICS')),
  'exporters.otlp.intervalMs': ['OTEL_METRIC_EXPORT_INTERVAL'],
  'exporters.otlp.temporality': ['OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE'],
  'exporters.otlp.histograms': ['OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION'],
  'logging.level': ['LOG_LEVEL', 'NEST_LOG_LEVEL'],
  'logging.format': ['LOG_FORMAT'],
};

function below(
  path: string,
  options: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    Object.entries(options).map(([name, variables]) => [`${path}.${name}`, variables]),
  );
}

/** A variable that is set and has no effect, and the option in its place. */
export interface ShadowedVariable {
  readonly variable: string;
  readonly option: string;
}

/** Returns the variables that options of a file take the place of. */
export function shadowedVariables(sections: CheckedFile, env: Environment): ShadowedVariable[] {
  const found = new Map<string, ShadowedVariable>();
  // The name of the module is that of the telemetry in the same file only.
  const named = sections.telemetry !== undefined && sections.module?.['serviceName'] !== undefined;
  for (const option of [...pathsIn(sections, ''), ...(named ? ['telemetry.serviceName'] : [])]) {
    for (const variable of VARIABLES[option] ?? []) {
      const isSet = (env[variable]?.trim() ?? '') !== '';
      if (isSet && !found.has(variable)) found.set(variable, { variable, option });
    }
  }
  return [...found.values()];
}

function* pathsIn(value: unknown, path: string): Generator<string> {
  if (Array.isArray(value)) {
    for (const it of value) yield* pathsIn(it, path);
    return;
  }
  if (typeof value !== 'object' || value === null) return;
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const own = path === '' ? name : `${path}.${name}`;
    yield own;
    yield* pathsIn(member, own);
  }
}
