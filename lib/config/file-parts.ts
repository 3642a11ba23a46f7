import type { MetricsExporter } from '../exporters/port/metrics-exporter.js';
import type { OtlpMetricsOptions } from '../exporters/otlp/otlp-options.js';
import type { DialectName } from '../exporters/prometheus/dialects/dialects.js';
import type { StatsdOptions } from '../exporters/statsd/statsd-options.js';
import type { AlertingOptions } from '../alerts/alerting-options.js';
import type { AlertReceiver } from '../alerts/receivers/alert-receiver.js';
import type { HistoryOptions } from '../history/history-options.js';
import type { LivePageOptions } from '../live/live-options.js';
import type { PerformanceOptions } from '../performance/performance-options.js';
import type { DatabasesOptions } from '../integrations/databases/databases-options.js';
import type { OtelMetricsOptions } from '../integrations/otel-metrics/metric-view.js';
import type { LoggingOptions } from '../logging/logging-options.js';
import type { LogSink } from '../logging/sinks/log-sink.js';
import type { ObservabilityPlugin } from '../plugins/plugin.js';
import type { ProfilingOptions } from '../profiling/profiling-options.js';
import type {
  ExporterOptions,
  TelemetryOptions,
} from '../tracing/start-up/options/telemetry-options.js';

/** One part of a list in a file: a name, or a name with options. */
type NamedPart = string | Readonly<Record<string, object | undefined>>;

/** A file that was checked. */
export interface CheckedFile {
  readonly module?: Readonly<Record<string, unknown>>;
  readonly exporters?: readonly NamedPart[];
  readonly telemetry?: TelemetryOptions & { readonly exporters?: readonly NamedPart[] };
  readonly logging?: Omit<LoggingOptions, 'sinks'> & { readonly sinks?: readonly NamedPart[] };
  readonly history?: HistoryOptions;
  readonly performance?: PerformanceOptions;
  readonly alerts?: Omit<AlertingOptions, 'receivers'> & {
    readonly receivers?: readonly NamedPart[];
  };
  readonly livePage?: LivePageOptions;
  readonly profiling?: ProfilingOptions;
  readonly dialects?: readonly [DialectName, ...DialectName[]];
  readonly otelMetrics?: OtelMetricsOptions;
  readonly databases?: DatabasesOptions;
}

type Makers<T> = Readonly<Record<string, (options: never) => Promise<T>>>;

// Each capability is loaded when a file names it.
const exporterMakers: Makers<MetricsExporter> = {
  otlp: async (it: OtlpMetricsOptions) => (await import('../exporters/otlp/otlp.js')).otlp(it),
  statsd: async (it: StatsdOptions) => (await import('../exporters/statsd/statsd.js')).statsd(it),
};

const sinkMakers: Makers<LogSink> = {
  console: async (it: object) => (await import('../logging/sinks/console.sink.js')).consoleSink(it),
  file: async (it: never) => (await import('../logging/sinks/file.sink.js')).fileSink(it),
  elasticsearch: async (it: never) =>
    (await import('../logging/sinks/elasticsearch.sink.js')).elasticsearchSink(it),
  loki: async (it: never) => (await import('../logging/sinks/loki.sink.js')).lokiSink(it),
  otlp: async (it: object) => (await import('../logging/sinks/otlp.sink.js')).otlpSink(it),
};

const receiverMakers: Makers<AlertReceiver> = {
  webhook: async (it: never) =>
    (await import('../alerts/receivers/webhook.receiver.js')).webhook(it),
  slack: async (it: never) => (await import('../alerts/receivers/slack.receiver.js')).slack(it),
  pagerDuty: async (it: never) =>
    (await import('../alerts/receivers/pager-duty.receiver.js')).pagerDuty(it),
  email: async (it: never) => (await import('../alerts/receivers/email.receiver.js')).email(it),
  alertmanager: async (it: never) =>
    (await import('../alerts/receivers/alertmanager.receiver.js')).alertmanager(it),
  heartbeat: async (it: never) =>
    (await import('../alerts/receivers/heartbeat.receiver.js')).heartbeat(it),
  log: async (it: never) => (await import('../alerts/receivers/log.receiver.js')).logReceiver(it),
};

/** Makes the plugins of the sections of a file, in the order in which errors should name them. */
const pluginMakers: Makers<ObservabilityPlugin> = {
  logging: async ({ sinks, ...options }: NonNullable<CheckedFile['logging']>) => {
    const { logging } = await import('../logging/logging-plugin.js');
    return logging({ ...options, ...(sinks && { sinks: await makeParts(sinks, sinkMakers) }) });
  },
  history: async (it: HistoryOptions) => (await import('../history/history-plugin.js')).history(it),
  performance: async (it: PerformanceOptions) =>
    (await import('../performance/performance-plugin.js')).performance(it),
  livePage: async (it: LivePageOptions) => (await import('../live/live-plugin.js')).livePage(it),
  profiling: async (it: ProfilingOptions) =>
    (await import('../profiling/profiling-plugin.js')).profiling(it),
  alerts: async (it: NonNullable<CheckedFile['alerts']>) => {
    const { alerting } = await import('../alerts/alerting-plugin.js');
    return alerting(await alertingOf(it));
  },
  dialects: async (names: NonNullable<CheckedFile['dialects']>) =>
    (await import('../exporters/prometheus/dialects/dialects-plugin.js')).dialects(...names),
  otelMetrics: async (it: OtelMetricsOptions) =>
    (await import('../integrations/otel-metrics/otel-metrics-plugin.js')).otelMetrics(it),
  databases: async (it: DatabasesOptions) =>
    (await import('../integrations/databases/databases-plugin.js')).databases(it),
};

/** Makes the metrics exporters of a file. */
export function exportersOf({ exporters = [] }: CheckedFile): Promise<MetricsExporter[]> {
  return makeParts(exporters, exporterMakers);
}

/** Makes the plugins of a file. */
export async function pluginsOf(file: CheckedFile): Promise<ObservabilityPlugin[]> {
  const plugins: ObservabilityPlugin[] = [];
  for (const [section, make] of Object.entries(pluginMakers)) {
    const options = file[section as keyof CheckedFile];
    if (options !== undefined) plugins.push(await make(options as never));
  }
  return plugins;
}

/** Returns the options of alerts, with their receivers. */
export async function alertingOf({
  receivers,
  ...options
}: NonNullable<CheckedFile['alerts']>): Promise<AlertingOptions> {
  return {
    ...options,
    ...(receivers && { receivers: await makeParts(receivers, receiverMakers) }),
  };
}

/** Returns the options of `startTelemetry()`; the name of the service is that of the module unless it has its own. */
export function telemetryOf({ telemetry, module = {} }: CheckedFile): TelemetryOptions | undefined {
  if (telemetry === undefined) return undefined;
  const { exporters, ...options } = telemetry;
  const { serviceName, serviceVersion, environment } = module as TelemetryOptions;
  const service = { serviceName, serviceVersion, environment };
  const given = Object.entries(service).filter(([, value]) => value !== undefined);
  const exporter = exporters?.map((it) => {
    const [type, own] = nameAndOptions(it);
    return { ...own, type } as ExporterOptions;
  });
  return { ...Object.fromEntries(given), ...(exporter && { exporter }), ...options };
}

function makeParts<T>(parts: readonly NamedPart[], makers: Makers<T>): Promise<T[]> {
  return Promise.all(
    parts.map((part) => {
      const [name, options] = nameAndOptions(part);
      return (makers[name] as (it: object) => Promise<T>)(options);
    }),
  );
}

function nameAndOptions(part: NamedPart): [name: string, options: object] {
  if (typeof part === 'string') return [part, {}];
  const [[name, options] = ['', undefined]] = Object.entries(part);
  return [name, options ?? {}];
}
