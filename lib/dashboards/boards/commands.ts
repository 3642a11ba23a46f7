import { commandMetrics } from '../../metrics/catalogue/commands.js';
import { queryMetrics } from '../../metrics/catalogue/queries.js';
import { above } from '../alert-thresholds.js';
import type { Board } from '../board.js';
import { bars, graph, heatmap, stat } from '../panels.js';
import {
  countBy,
  heat,
  mean,
  outcomeColors,
  quantile,
  quantiles,
  rateBy,
  series,
  share,
  sumBy,
} from '../queries.js';

const command = 'command_type=~"$command"';
const query = 'query_type=~"$query"';
const accepted = `${command}, outcome!="rejected"`;
const { finished, failed, rejected, succeeded, duration, retries, concurrent } = commandMetrics;

/** Commands and queries by handler. */
export const commandsBoard: Board = {
  id: 'commands',
  title: 'Commands',
  description: 'Rate, failures, rejections and duration of commands and queries, by handler.',
  variables: [
    {
      name: 'command',
      title: 'Command',
      values: { series: series(finished), label: 'command_type' },
    },
    {
      name: 'query',
      title: 'Query',
      values: { series: series(queryMetrics.finished), label: 'query_type' },
    },
  ],
  rows: [
    {
      title: 'Commands now',
      panels: [
        stat('Commands: How many commands finish per second?', 'per second', {
          commands: rateBy('', finished, command),
        }),
        stat(
          'Failed: What share of the commands fails?',
          { unit: 'ratio', threshold: above('CommandErrorRateHigh', 'ratio') },
          { failed: share(rateBy('', failed, command), rateBy('', finished, command)) },
        ),
        stat(
          'Rejected: What share of the commands is rejected by a business rule?',
          { unit: 'ratio', threshold: above('CommandRejectionRateHigh', 'ratio') },
          {
            rejected: share(rateBy('', rejected, command), rateBy('', finished, command)),
          },
        ),
        stat(
          'p95 duration: How long do all but the slowest 5 % of the commands take, without rejections?',
          { unit: 'seconds', threshold: above('CommandLatencyHigh', 'seconds') },
          { p95: quantile(0.95, ['', duration, accepted]) },
        ),
        stat('Executing: How many commands are executing?', 'count', {
          executing: sumBy('', series(concurrent, command)),
        }),
        stat('Retries: How many attempts per second fail and are tried again?', 'per second', {
          retries: rateBy('', retries, command),
        }),
      ],
    },
    {
      title: 'Failures and duration by command',
      panels: [
        graph(
          'Failed share by command: Which command fails?',
          { unit: 'ratio', width: 12, threshold: above('CommandErrorRateHigh', 'ratio') },
          {
            '{{command_type}}': share(
              rateBy('command_type', failed, command),
              rateBy('command_type', finished, command),
            ),
          },
        ),
        graph(
          'p95 duration by command: Which command is slow? Rejections, which are fast, are left out.',
          {
            unit: 'seconds',
            width: 12,
            exemplars: true,
            threshold: above('CommandLatencyHigh', 'seconds'),
          },
          { '{{command_type}}': quantile(0.95, ['command_type', duration, accepted]) },
        ),
        graph('Commands by command: Which commands does the service get?', 'per second', {
          '{{command_type}}': rateBy('command_type', finished, command),
        }),
        graph(
          'Commands by outcome: How do commands end?',
          { unit: 'per second', stacked: true, colors: outcomeColors },
          {
            success: rateBy('', succeeded, command),
            rejected: rateBy('', rejected, command),
            failure: rateBy('', failed, command),
          },
        ),
        graph(
          'Rejected share by command: Which command do business rules refuse?',
          { unit: 'ratio', threshold: above('CommandRejectionRateHigh', 'ratio') },
          {
            '{{command_type}}': share(
              rateBy('command_type', rejected, command),
              rateBy('command_type', finished, command),
            ),
          },
        ),
        graph(
          'Duration quantiles: How long do commands take? A point is one command with a trace.',
          { unit: 'seconds', exemplars: true },
          quantiles(duration, command),
        ),
        heatmap(
          'Duration of commands: Are there two groups of commands, a fast and a slow one?',
          'seconds',
          { '{{le}}': heat(duration, command) },
        ),
        graph(
          'p95 duration by outcome: Do failures take longer than successes, as with timeouts?',
          { unit: 'seconds', colors: outcomeColors },
          { '{{outcome}}': quantile(0.95, ['outcome', duration, command]) },
        ),
      ],
    },
    {
      title: 'Work of commands',
      panels: [
        graph('Executing by command: Does a command pile up or never end?', 'count', {
          '{{command_type}}': sumBy('command_type', series(concurrent, command)),
        }),
        graph('Retries by error type: Which errors make attempts repeat?', 'per second', {
          '{{command_type}} {{error_type}}': rateBy('command_type, error_type', retries, command),
        }),
        bars(
          'Most retried commands: Which commands were retried most often in this time range?',
          'count',
          { '{{command_type}}': countBy('command_type', retries, command) },
        ),
        graph(
          'Attempts per command: How many attempts does a command take? 1 means none was repeated.',
          { unit: 'count', width: 12 },
          { '{{command_type}}': mean('command_type', commandMetrics.attempts, command) },
        ),
        graph(
          'Events per command: How many events does a successful command produce?',
          { unit: 'count', width: 12, absent: 'no command reports its events' },
          { '{{command_type}}': mean('command_type', commandMetrics.events, command) },
        ),
      ],
    },
    {
      title: 'Queries',
      panels: [
        graph(
          'Failed share by query: Which query fails?',
          { unit: 'ratio', threshold: above('QueryErrorRateHigh', 'ratio') },
          {
            '{{query_type}}': share(
              rateBy('query_type', queryMetrics.failed, query),
              rateBy('query_type', queryMetrics.finished, query),
            ),
          },
        ),
        graph(
          'p95 duration by query: Which query is slow?',
          { unit: 'seconds', exemplars: true, threshold: above('QueryLatencyHigh', 'seconds') },
          { '{{query_type}}': quantile(0.95, ['query_type', queryMetrics.duration, query]) },
        ),
        graph('Queries by query: Which queries does the service get?', 'per second', {
          '{{query_type}}': rateBy('query_type', queryMetrics.finished, query),
        }),
        graph(
          'Duration quantiles of queries: How long do queries take?',
          { unit: 'seconds', width: 12, exemplars: true },
          quantiles(queryMetrics.duration, query),
        ),
        graph(
          'Executing by query: Does a query pile up or never end?',
          { unit: 'count', width: 12 },
          { '{{query_type}}': sumBy('query_type', series(queryMetrics.concurrent, query)) },
        ),
      ],
    },
  ],
};
