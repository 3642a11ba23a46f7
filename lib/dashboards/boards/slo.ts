import { commandMetrics } from '../../metrics/catalogue/commands.js';
import { httpMetrics } from '../../metrics/catalogue/http.js';
import { durationBuckets } from '../../metrics/definition/metric-definition.js';
import type { Board } from '../board.js';
import { bars, graph, stat } from '../panels.js';
import { series, share, sumBy } from '../queries.js';

const command = 'command_type=~"$command"';
// The bound 1 is written 1.0 in OpenMetrics.
const within = String.raw`le=~"$threshold(\\.0)?"`;
const allowed = '(1 - $objective)';
const { finished, failed, rejected, duration } = commandMetrics;
const { requests } = httpMetrics;
const accepted = `${command}, outcome!="rejected"`;

/** Events of a counter in a window, summed by labels. */
function events(
  [labels, window]: readonly [labels: string, window: string],
  metric: { readonly name: string },
  matchers: string,
): string {
  return sumBy(labels, `increase(${series(metric, matchers)}[${window}])`);
}

function badCommands(labels: string, window: string): string {
  const at = [labels, window] as const;
  return share(events(at, failed, command), events(at, finished, command));
}

function slowCommands(labels: string, window: string): string {
  const at = [labels, window] as const;
  const fast = events(at, { name: `${duration.name}_bucket` }, `${accepted}, ${within}`);
  const all = events(at, { name: `${duration.name}_count` }, accepted);
  return `1 - ${fast} / (${all} > 0)`;
}

function badRequests(labels: string, window: string): string {
  const at = [labels, window] as const;
  const all = events(at, requests, 'status!=""');
  return share(events(at, requests, 'status=~"5.."'), all);
}

const budget = (bad: string) => `1 - (${bad}) / ${allowed}`;
const burn = (bad: string) => `(${bad}) / ${allowed}`;

/** Availability and latency objectives, their error budgets and burn rates. */
export const sloBoard: Board = {
  id: 'slo',
  title: 'SLO',
  description:
    'Objectives of availability and latency over the time range of the board, remaining error budgets, and burn rates. Failed commands are bad, rejected ones are good.',
  variables: [
    {
      name: 'command',
      title: 'Command',
      values: { series: series(finished), label: 'command_type' },
    },
    { name: 'objective', title: 'Objective', choices: ['0.999', '0.99', '0.995', '0.9995'] },
    {
      name: 'threshold',
      title: 'Fast is at most (s)',
      // A latency objective must be a bound of the buckets.
      choices: ['0.5', ...durationBuckets.map(String).filter((it) => it !== '0.5')],
    },
    { name: 'long', title: 'Long window', choices: ['1h', '6h', '1d', '3d'] },
    { name: 'short', title: 'Short window', choices: ['5m', '30m', '2h', '6h'] },
  ],
  rows: [
    {
      title: 'Objectives in this time range',
      panels: [
        stat('Available commands: What share of the commands did not fail?', 'ratio', {
          availability: `1 - ${badCommands('', '$__range')}`,
        }),
        stat(
          'Availability budget: How much of the error budget is left? Below 0 the objective is missed.',
          { unit: 'ratio', threshold: { at: 0, bad: 'below' } },
          { budget: budget(badCommands('', '$__range')) },
        ),
        stat(
          'Fast commands: What share of the commands, without rejections, is as fast as wanted?',
          'ratio',
          { fast: `1 - (${slowCommands('', '$__range')})` },
        ),
        stat(
          'Latency budget: How much of the budget of slow commands is left?',
          { unit: 'ratio', threshold: { at: 0, bad: 'below' } },
          { budget: budget(slowCommands('', '$__range')) },
        ),
        stat(
          'Available requests: What share of the HTTP requests was not answered with 5xx?',
          'ratio',
          { availability: `1 - ${badRequests('', '$__range')}` },
        ),
        stat(
          'Request budget: How much of the error budget of HTTP requests is left?',
          { unit: 'ratio', threshold: { at: 0, bad: 'below' } },
          { budget: budget(badRequests('', '$__range')) },
        ),
      ],
    },
    {
      title: 'Burn rates: 1 uses up the budget exactly at the end of the objective',
      panels: [
        graph(
          'Burn rate of availability: Do commands fail too often now? Both windows must be high to page.',
          'count',
          { $long: burn(badCommands('', '$long')), $short: burn(badCommands('', '$short')) },
        ),
        graph(
          'Burn rate of latency: Are commands too slow now? Both windows must be high to page.',
          'count',
          { $long: burn(slowCommands('', '$long')), $short: burn(slowCommands('', '$short')) },
        ),
        graph('Burn rate of requests: Do HTTP requests fail too often now?', 'count', {
          $long: burn(badRequests('', '$long')),
          $short: burn(badRequests('', '$short')),
        }),
        graph(
          'Burn rate of availability by command: Which command uses up the error budget?',
          { unit: 'count', width: 12 },
          { '{{command_type}}': burn(badCommands('command_type', '$long')) },
        ),
        graph(
          'Burn rate of latency by command: Which command uses up the budget of slow commands?',
          { unit: 'count', width: 12 },
          { '{{command_type}}': burn(slowCommands('command_type', '$long')) },
        ),
      ],
    },
    {
      title: 'By command in this time range',
      panels: [
        bars(
          'Remaining availability budget: Which command has missed its objective?',
          { unit: 'ratio', threshold: { at: 0, bad: 'below' } },
          { '{{command_type}}': budget(badCommands('command_type', '$__range')) },
        ),
        bars(
          'Remaining latency budget: Which command was too slow too often?',
          { unit: 'ratio', threshold: { at: 0, bad: 'below' } },
          { '{{command_type}}': budget(slowCommands('command_type', '$__range')) },
        ),
        bars(
          'Rejected commands, which count as good: How many commands did business rules refuse?',
          'count',
          { '{{command_type}}': events(['command_type', '$__range'], rejected, command) },
        ),
      ],
    },
  ],
};
