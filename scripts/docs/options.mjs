// docs/reference/options.md: every option with its rule, from its description, and its meaning, from its comment.
import { loadSource } from './library.mjs';
import { code, table } from './markdown.mjs';
import { commentOf, tagOf } from './public-api.mjs';

const SECTIONS = [
  {
    title: 'ObservabilityModule',
    text: `Pass them to \`ObservabilityModule.forRoot(options)\`, or return them from the factory of
\`forRootAsync({ useFactory, inject, imports, … })\`, where the options that shape the module (\`isGlobal\`, \`prometheus\`, \`health\`) are
set beside the factory.`,
    source: 'lib/module/options/module-options.ts',
    description: 'moduleOptions',
    types: ['ObservabilityOptions', 'ObservabilityModuleExtras'],
  },
  {
    title: 'otlp()',
    text: 'Metrics over OTLP.',
    source: 'lib/exporters/otlp/otlp-options.ts',
    description: 'otlpMetricsOptions',
    types: ['OtlpMetricsOptions'],
  },
  {
    title: 'statsd()',
    text: 'Metrics over StatsD.',
    source: 'lib/exporters/statsd/statsd-options.ts',
    description: 'statsdOptions',
    types: ['StatsdOptions'],
  },
  {
    title: 'startTelemetry()',
    text: 'Spans of a process.',
    source: 'lib/tracing/start-up/options/telemetry-description.ts',
    description: 'telemetryOptions',
    types: ['TelemetryOptions'],
  },
  {
    title: 'otelMetrics()',
    text: 'Metrics of the OpenTelemetry API.',
    source: 'lib/integrations/otel-metrics/metric-view.ts',
    description: 'otelMetricsOptions',
    types: ['OtelMetricsOptions'],
  },
  {
    title: 'databases()',
    text: 'Database queries by operation.',
    source: 'lib/integrations/databases/databases-options.ts',
    description: 'databasesOptions',
    types: ['DatabasesOptions'],
  },
  {
    title: 'usage()',
    text: 'Calls, wall seconds and time of the event loop by handler and tenant.',
    source: 'lib/usage/usage-options.ts',
    description: 'usageOptions',
    types: ['UsageOptions'],
  },
  {
    title: 'logging()',
    text: 'Log lines about the work of the application. `createNestLogger()` has the options up to `repeated`.',
    source: 'lib/logging/logging-options.ts',
    description: 'loggingOptions',
    types: ['LoggingOptions'],
  },
  {
    title: 'history()',
    text: 'History of the metrics, for queries.',
    source: 'lib/history/history-options.ts',
    description: 'historyOptions',
    types: ['HistoryOptions'],
  },
  {
    title: 'performance()',
    text: 'Health score, anomalies and capacity from the history.',
    source: 'lib/performance/performance-options.ts',
    description: 'performanceOptions',
    types: ['PerformanceOptions'],
  },
  {
    title: 'livePage()',
    text: 'A page that shows the service and updates itself.',
    source: 'lib/live/live-options.ts',
    description: 'livePageOptions',
    types: ['LivePageOptions'],
  },
  {
    title: 'profiling()',
    text: 'CPU and heap profiles of the running application.',
    source: 'lib/profiling/profiling-options.ts',
    description: 'profilingOptions',
    types: ['ProfilingOptions'],
  },
  {
    title: 'alerting()',
    text: 'Alerts inside the application.',
    source: 'lib/alerts/alerting-description.ts',
    description: 'alertingOptions',
    types: ['AlertingOptions'],
  },
  {
    title: 'webhook()',
    text: 'Alerts to a webhook in the format of Alertmanager.',
    source: 'lib/alerts/receivers/webhook.receiver.ts',
    description: 'webhookOptions',
    types: ['WebhookOptions'],
  },
  {
    title: 'slack()',
    text: 'Alerts to Slack.',
    source: 'lib/alerts/receivers/slack.receiver.ts',
    description: 'slackOptions',
    types: ['SlackOptions'],
  },
  {
    title: 'pagerDuty()',
    text: 'Alerts to PagerDuty.',
    source: 'lib/alerts/receivers/pager-duty.receiver.ts',
    description: 'pagerDutyOptions',
    types: ['PagerDutyOptions'],
  },
  {
    title: 'email()',
    text: 'Alerts by e-mail.',
    source: 'lib/alerts/receivers/email.receiver.ts',
    description: 'emailOptions',
    types: ['EmailOptions'],
  },
  {
    title: 'alertmanager()',
    text: 'Alerts to Alertmanager.',
    source: 'lib/alerts/receivers/alertmanager.receiver.ts',
    description: 'alertmanagerOptions',
    types: ['AlertmanagerOptions'],
  },
  {
    title: 'heartbeat()',
    text: "Dead man's switch.",
    source: 'lib/alerts/receivers/heartbeat.receiver.ts',
    description: 'heartbeatOptions',
    types: ['HeartbeatOptions'],
  },
  {
    title: 'logReceiver()',
    text: 'Alerts as log lines.',
    source: 'lib/alerts/receivers/log.receiver.ts',
    description: 'logReceiverOptions',
    types: ['AlertReceiverOptions'],
  },
  {
    title: 'consoleSink()',
    text: 'Log lines on stdout.',
    source: 'lib/logging/sinks/console.sink.ts',
    description: 'consoleSinkOptions',
    types: ['ConsoleSinkOptions'],
  },
  {
    title: 'fileSink()',
    text: 'Log lines in a file.',
    source: 'lib/logging/sinks/file.sink.ts',
    description: 'fileSinkOptions',
    types: ['FileSinkOptions'],
  },
  {
    title: 'streamSink()',
    text: 'Log lines in a stream.',
    source: 'lib/logging/sinks/stream.sink.ts',
    description: 'streamSinkOptions',
    types: ['StreamSinkOptions'],
  },
  {
    title: 'elasticsearchSink()',
    text: 'Log lines in Elasticsearch or OpenSearch.',
    source: 'lib/logging/sinks/elasticsearch.sink.ts',
    description: 'elasticsearchSinkOptions',
    types: ['ElasticsearchSinkOptions'],
  },
  {
    title: 'lokiSink()',
    text: 'Log lines in Loki.',
    source: 'lib/logging/sinks/loki.sink.ts',
    description: 'lokiSinkOptions',
    types: ['LokiSinkOptions'],
  },
  {
    title: 'otlpSink()',
    text: 'Log lines over OTLP.',
    source: 'lib/logging/sinks/otlp.sink.ts',
    description: 'otlpSinkOptions',
    types: ['OtlpSinkOptions'],
  },
  {
    title: 'JaegerTraceStore, TempoTraceStore',
    text: 'Traces in a tracing backend.',
    source: 'lib/tracing/store/remote/remote-trace-store-options.ts',
    description: 'remoteTraceStoreOptions',
    types: ['RemoteTraceStoreOptions'],
  },
  {
    title: 'aggregateCluster(), aggregateThreads()',
    text: 'One `/metrics` for workers or threads.',
    source: 'lib/cluster/aggregator-options.ts',
    description: 'aggregatorOptions',
    types: ['AggregatorOptions'],
  },
];

/** The page. */
export async function optionsPage(api) {
  const { describedOptions } = await loadSource('lib/options/description.ts');
  const sections = await Promise.all(SECTIONS.map((it) => section(it, { api, describedOptions })));
  return `# Options

An invalid option stops the application at start-up. The error lists every problem with its path, value, rule and remedy. In a path,
\`[]\` is an element of an array and \`*\` is a name that you choose.

${sections.join('\n\n')}
`;
}

async function section({ title, text, source, description, types }, { api, describedOptions }) {
  const { [description]: described } = await loadSource(source);
  const roots = types.map((it) => rootOf(api, it));
  const options = new Map(describedOptions(described));
  const rows = [...options].map(([path, option]) => [code(path), ...cellsOf(roots, path, option)]);
  return `## ${title}\n\n${text}\n\n${table(['option', 'must be', 'meaning', 'default'], rows)}`;
}

/** The type of an interface, by its name. */
export function rootOf(api, name) {
  const entry = api.find(({ exports }) => exports.some((it) => it.name === name));
  if (entry === undefined) throw new Error(`No entry exports ${name}.`);
  const { symbol } = entry.exports.find((it) => it.name === name);
  return { checker: entry.checker, type: entry.checker.getDeclaredTypeOfSymbol(symbol) };
}

function cellsOf(roots, path, { rule, required }) {
  for (const { checker, type } of roots) {
    const symbol = memberAt({ checker, types: [type] }, path.split(/\.|(?=\[\])/));
    if (symbol === undefined) continue;
    const fallback = tagOf(checker, symbol, 'defaultValue') ?? (required ? 'required' : '');
    return [rule, commentOf(checker, symbol), fallback];
  }
  throw new Error(`No interface declares ${path}.`);
}

/** The symbol of the last step of a path through types. */
export function memberAt({ checker, types }, [step, ...rest]) {
  const parts = types.flatMap((it) => (it.isUnion() ? it.types : [it]));
  if (step === '[]' || step === '*') {
    const of = (it) => (step === '*' ? it.getStringIndexType() : it.getNumberIndexType());
    const inner = parts.map(of).filter((it) => it !== undefined);
    return memberAt({ checker, types: inner }, rest);
  }
  const symbols = parts.map((it) => it.getProperty(step)).filter((it) => it !== undefined);
  if (rest.length === 0 || symbols.length === 0) return symbols[0];
  return memberAt({ checker, types: symbols.map((it) => checker.getTypeOfSymbol(it)) }, rest);
}
