import * as v from 'valibot';
import { otlpMetricsOptions } from '../exporters/otlp/otlp-options.js';
import { dialectRows } from '../exporters/prometheus/dialects/dialects.js';
import { statsdOptions } from '../exporters/statsd/statsd-options.js';
import { livePageOptions } from '../live/live-options.js';
import { performanceOptions } from '../performance/performance-options.js';
import { alertingOptions } from '../alerts/alerting-description.js';
import { alertmanagerOptions } from '../alerts/receivers/alertmanager.receiver.js';
import { emailOptions } from '../alerts/receivers/email.receiver.js';
import { heartbeatOptions } from '../alerts/receivers/heartbeat.receiver.js';
import { logReceiverOptions } from '../alerts/receivers/log.receiver.js';
import { pagerDutyOptions } from '../alerts/receivers/pager-duty.receiver.js';
import { slackOptions } from '../alerts/receivers/slack.receiver.js';
import { webhookOptions } from '../alerts/receivers/webhook.receiver.js';
import { historyOptions } from '../history/history-options.js';
import { databasesOptions } from '../integrations/databases/databases-options.js';
import { otelMetricsOptions } from '../integrations/otel-metrics/metric-view.js';
import { loggingOptions } from '../logging/logging-options.js';
import { consoleSinkOptions } from '../logging/sinks/console.sink.js';
import { elasticsearchSinkOptions } from '../logging/sinks/elasticsearch.sink.js';
import { fileSinkOptions } from '../logging/sinks/file.sink.js';
import { lokiSinkOptions } from '../logging/sinks/loki.sink.js';
import { otlpSinkOptions } from '../logging/sinks/otlp.sink.js';
import { moduleOptions } from '../module/options/module-options.js';
import { profilingOptions } from '../profiling/profiling-options.js';
import {
  type GroupDescription,
  list,
  type ListDescription,
  option,
  type OptionDescription,
} from '../options/description.js';
import { oneOf } from '../options/standard-options.js';
import { telemetryOptions } from '../tracing/start-up/options/telemetry-description.js';
import { fileView } from './file-view.js';

type Members = Readonly<Record<string, OptionDescription>>;

/** Describes a list of parts, each a name or one name with its options: `[console, { file: { path: … } }]`. */
function namedParts(parts: Members, example: string): ListDescription {
  const names = Object.keys(parts);
  const rule = `one of ${names.join(', ')}: the name, or an object with the name and its options`;
  const remedy = `Write something like ${example}.`;
  const part: GroupDescription = {
    kind: 'group',
    members: Object.fromEntries(Object.entries(parts).map(([name, it]) => [name, inFile(it)])),
    rule,
    remedy,
    or: v.picklist(names),
    checks: [
      { rule: 'must have exactly one name', remedy, holds: (it) => Object.keys(it).length === 1 },
    ],
  };
  return list(part, { rule: `a list of ${names.join(', ')}`, remedy });
}

/** Replaces members that are values of code by what a file has in their place. */
function inFile(description: OptionDescription, replaced: Members = {}): GroupDescription {
  const group = description as GroupDescription;
  return fileView({ ...group, members: { ...group.members, ...replaced } }) as GroupDescription;
}

const spanExporters = telemetryOptions.members['exporter'] as ListDescription;
const { among: spanExporter } = spanExporters.item as Extract<
  OptionDescription,
  { readonly kind: 'variant' }
>;
const { custom: _, ...namedSpanExporters } = spanExporter;

/** Parts of a list, by the section they belong to. */
const exporterParts: Members = { otlp: otlpMetricsOptions, statsd: statsdOptions };

const moduleSection = inFile(moduleOptions);

/** Description of a configuration file. The JSON Schema is made from it. @public */
export const fileDescription: GroupDescription = {
  kind: 'group',
  rule: 'a file with the sections module, exporters, telemetry and those of plugins',
  remedy: 'Write something like module: { serviceName: shop }.',
  members: {
    file_format: option(v.picklist(['1.0']), {
      rule: "the version of the format, '1.0'",
      remedy: "Write file_format: '1.0'.",
    }),
    module: {
      ...moduleSection,
      misplaced: {
        ...moduleSection.misplaced,
        exporters: {
          rule: 'is a section of its own',
          remedy: 'Move exporters to the top of the file.',
        },
        plugins: {
          rule: 'can be set in code only',
          remedy: 'Write the section of the plugin, such as logging, at the top of the file.',
        },
      },
    },
    exporters: namedParts(exporterParts, "[{ statsd: { host: 'localhost' } }]"),
    telemetry: inFile(telemetryOptions, {
      exporters: namedParts(
        namedSpanExporters,
        "[{ zipkin: { endpoint: 'http://zipkin:9411/api/v2/spans' } }]",
      ),
    }),
    logging: inFile(loggingOptions, {
      sinks: namedParts(
        {
          console: consoleSinkOptions,
          file: fileSinkOptions,
          elasticsearch: elasticsearchSinkOptions,
          loki: lokiSinkOptions,
          otlp: otlpSinkOptions,
        },
        "[console, { file: { path: '/var/log/shop.log' } }]",
      ),
    }),
    history: inFile(historyOptions),
    performance: inFile(performanceOptions),
    alerts: inFile(alertingOptions, {
      receivers: namedParts(
        {
          webhook: webhookOptions,
          slack: slackOptions,
          pagerDuty: pagerDutyOptions,
          email: emailOptions,
          alertmanager: alertmanagerOptions,
          heartbeat: heartbeatOptions,
          log: logReceiverOptions,
        },
        "[log, { slack: { webhookFile: '/run/secrets/slack' } }]",
      ),
    }),
    livePage: inFile(livePageOptions),
    profiling: inFile(profilingOptions),
    dialects: list(oneOf(Object.keys(dialectRows)), {
      rule: 'a list of dialects',
      remedy: 'Write something like [eventflux].',
      atLeast: 1,
    }),
    otelMetrics: inFile(otelMetricsOptions),
    databases: inFile(databasesOptions),
  },
};
