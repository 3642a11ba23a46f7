import type { CommandDescription } from './command.js';
import { alertCommands } from './commands/alerts/alert-commands.js';

const serviceUrl = (page: string) =>
  ({
    type: 'string',
    value: 'URL',
    summary: `${page} of the service; default: OBSERVABILITY_URL, else http://localhost:3000`,
  }) as const;

const packOption = {
  type: 'string',
  value: 'FILE',
  summary: 'JavaScript module that exports metric packs; may be repeated',
  multiple: true,
} as const;

/** All commands of the command line. */
export const commands: readonly CommandDescription[] = [
  {
    name: 'metrics check',
    summary: 'Check a metrics page: names, units, help, types, duplicates, limits, exports',
    args: ['[-]'],
    options: {
      url: serviceUrl('Metrics page'),
      file: { type: 'string', value: 'FILE', summary: 'File with the page; - for standard input' },
      pack: packOption,
    },
    run: async (call) => (await import('./commands/metrics-check.js')).checkMetrics(call),
  },
  {
    name: 'metrics reference',
    summary: 'Print the metrics of packs, or those of the library, as a table in Markdown',
    options: {
      pack: packOption,
      namespace: {
        type: 'string',
        value: 'WORD',
        summary: 'First word of the names of the library',
      },
    },
    run: async (call) => (await import('./commands/metrics-reference.js')).printReference(call),
  },
  {
    name: 'traces sampling-status',
    summary: 'Show the sampler, and the recorded and lost spans of each exporter',
    options: { url: serviceUrl('Diagnosis endpoint') },
    run: async (call) => (await import('./commands/sampling-status.js')).showSampling(call),
  },
  {
    name: 'config validate',
    summary: 'Check a configuration file: a line for each problem, with its place',
    args: ['[FILE]'],
    run: async (call) => (await import('./commands/config-file.js')).validateConfig(call),
  },
  {
    name: 'config print',
    summary: 'Print the options of a configuration file, with variables and without secrets',
    args: ['[FILE]'],
    run: async (call) => (await import('./commands/config-file.js')).printConfig(call),
  },
  {
    name: 'config schema',
    summary: 'Print the JSON Schema of configuration files',
    run: async (call) => (await import('./commands/config-file.js')).printSchema(call),
  },
  {
    name: 'alerts export',
    summary: 'Print the alerts for Prometheus, promtool or Alertmanager, or write their files',
    options: {
      format: {
        type: 'string',
        value: 'FORMAT',
        summary: 'prometheus (default), prometheus-rule, tests, runbooks or alertmanager',
      },
      namespace: { type: 'string', value: 'WORD', summary: 'First word of the metric names' },
      selector: {
        type: 'string',
        value: 'MATCHERS',
        summary: 'Matchers that all series must have: \'job="shop"\'',
      },
      'aggregate-by': {
        type: 'string',
        value: 'LABELS',
        summary: 'Labels that tell applications apart; default: job',
      },
      set: {
        type: 'string',
        value: 'ALERT.NAME=VALUE',
        summary: 'Parameter of an alert; may be repeated',
        multiple: true,
      },
      slo: {
        type: 'string',
        value: 'SLO',
        summary: 'Objective: name=orders,kind=availability,objective=99.9; may be repeated',
        multiple: true,
      },
      receiver: {
        type: 'string',
        value: 'NAME=VALUE',
        summary: 'Address for Alertmanager: emailTo=oncall@example.org; may be repeated',
        multiple: true,
      },
      'runbook-url': { type: 'string', value: 'URL', summary: 'Address of the runbooks' },
      out: {
        type: 'string',
        value: 'PATH',
        summary: 'Folder for the files, or file with an extension',
      },
    },
    run: async (call) => (await import('./commands/alerts-export.js')).exportAlerts(call),
  },
  ...alertCommands,
  {
    name: 'dashboards export',
    summary: 'Print the dashboards for Grafana as a JSON array, or write a file for each',
    options: {
      namespace: { type: 'string', value: 'WORD', summary: 'First word of the metric names' },
      selector: {
        type: 'string',
        value: 'MATCHERS',
        summary: 'Matchers that all series must have: \'service="shop"\'',
      },
      set: {
        type: 'string',
        value: 'ALERT.NAME=VALUE',
        summary: 'Parameter of an alert, whose threshold line follows; may be repeated',
        multiple: true,
      },
      datasource: { type: 'string', value: 'NAME', summary: 'Data source that is selected first' },
      pack: packOption,
      out: { type: 'string', value: 'DIR', summary: 'Folder for the files' },
    },
    run: async (call) => (await import('./commands/dashboards-export.js')).exportDashboards(call),
  },
  {
    name: 'query',
    summary: 'Ask a running service, or a Prometheus, a question in PromQL',
    args: ['EXPRESSION'],
    options: {
      url: serviceUrl('Query API'),
      at: {
        type: 'string',
        value: 'TIME',
        summary: 'Unix time in seconds, or RFC 3339; default: now',
      },
    },
    run: async (call) => (await import('./commands/query.js')).runQuery(call),
  },
  {
    name: 'profile',
    summary: 'Take a profile of a running service: its hottest functions, and a file for pprof',
    args: ['[cpu|heap]'],
    options: {
      url: serviceUrl('Profiles'),
      seconds: { type: 'string', value: 'N', summary: 'Length, 1 to 60; default: 10' },
      format: {
        type: 'string',
        value: 'FORMAT',
        summary: 'pprof (default), or cpuprofile or heapprofile for editors and browsers',
      },
      out: { type: 'string', value: 'FILE', summary: 'File; default: one named after the time' },
    },
    run: async (call) => (await import('./commands/profile.js')).takeProfile(call),
  },
  {
    name: 'why',
    summary: 'Say why a metric, span or handler does not appear',
    args: ['NAME'],
    options: { url: serviceUrl('Diagnosis endpoint') },
    run: async (call) => (await import('./commands/why.js')).explainName(call),
  },
  {
    name: 'explain',
    summary: 'Explain an error code: meaning, cause, remedy, page; all codes without one',
    args: ['[CODE]'],
    run: async (call) => (await import('./commands/explain.js')).explainCode(call),
  },
];
