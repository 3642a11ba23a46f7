import type { CommandDescription, CommandOption } from '../../command.js';
import { ruleOptions } from './rule-options.js';

const series: CommandOption = {
  type: 'string',
  value: 'FILE',
  summary: 'Series in YAML or JSON, in the notation of promtool; default: those of a shipped alert',
};
const file: CommandOption = {
  type: 'string',
  value: 'FILE',
  summary: 'File of silences; default: silencesFile of the configuration file',
};
const { config } = ruleOptions;
const time = (summary: string): CommandOption => ({ type: 'string', value: 'TIME', summary });

/** Commands for alerts that are evaluated inside the application. */
export const alertCommands: readonly CommandDescription[] = [
  {
    name: 'alerts test',
    summary: 'Evaluate an alert on series: when it is pending, fires and ends',
    args: ['RULE'],
    options: { series, ...ruleOptions },
    run: async (call) => (await import('./alerts-test.js')).testAlert(call),
  },
  {
    name: 'alerts list',
    summary: 'List the alerts of a running service, or of a Prometheus',
    options: {
      url: {
        type: 'string',
        value: 'URL',
        summary: 'Query API; default: OBSERVABILITY_URL, else http://localhost:3000',
      },
      all: { type: 'boolean', summary: 'List the rules without alerts as well' },
    },
    run: async (call) => (await import('./alerts-list.js')).listAlerts(call),
  },
  {
    name: 'alerts silence add',
    summary: 'Add a silence to the file of silences',
    args: ['MATCHER...'],
    options: {
      for: { type: 'string', value: 'DURATION', summary: 'Length, such as 2h' },
      until: time('End: RFC 3339, or Unix time in seconds'),
      from: time('Begin; default: now'),
      comment: { type: 'string', value: 'TEXT', summary: 'Reason' },
      author: {
        type: 'string',
        value: 'NAME',
        summary: 'Author; default: the user of this process',
      },
      file,
      config,
    },
    run: async (call) => (await import('./alerts-silence.js')).addSilence(call),
  },
  {
    name: 'alerts silence list',
    summary: 'List the silences of the file',
    options: {
      all: { type: 'boolean', summary: 'List the expired ones as well' },
      file,
      config,
    },
    run: async (call) => (await import('./alerts-silence.js')).listSilences(call),
  },
  {
    name: 'alerts silence expire',
    summary: 'End a silence of the file',
    args: ['ID'],
    options: { file, config },
    run: async (call) => (await import('./alerts-silence.js')).expireSilence(call),
  },
  {
    name: 'alerts drill',
    summary: 'Inject series in which alerts fire: who would be notified, and when',
    args: ['NAME...'],
    options: { series, at: time('Begin; default: now'), ...ruleOptions },
    run: async (call) => (await import('./alerts-drill.js')).drillAlert(call),
  },
  {
    name: 'alerts backtest',
    summary: 'Evaluate an alert on the stored history: when it would have fired',
    args: ['RULE'],
    options: {
      history: {
        type: 'string',
        value: 'DIR',
        summary: 'Directory of the history; default: that of the configuration file',
      },
      from: time('Begin; default: the first sample'),
      to: time('End; default: the last sample'),
      step: {
        type: 'string',
        value: 'DURATION',
        summary: 'Time between two evaluations; default: 1m',
      },
      ...ruleOptions,
    },
    run: async (call) => (await import('./alerts-backtest.js')).backtestAlert(call),
  },
];
