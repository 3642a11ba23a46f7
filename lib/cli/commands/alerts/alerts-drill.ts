import type { AlertingOptions } from '../../../alerts/alerting-options.js';
import { planOf } from '../../../alerts/alerting-plan.js';
import { isMutedAt } from '../../../alerts/notifications/mute-times.js';
import { routesOf } from '../../../alerts/notifications/routes.js';
import { type DrillEvent, drillAlerts } from '../../../alerts/trial/alert-drill.js';
import { LabelSet } from '../../../query/label-set.js';
import { type CommandCall, exitCodes, type ExitCode } from '../../command.js';
import { table } from '../../table.js';
import { durationText, invalid, timeOf, timeText } from '../../times.js';
import { chosenRules, type ChosenRules, groupOfAlert } from './chosen-rules.js';
import { endOf, exampleOf, readSeriesFile, samplesOf, type SeriesInput } from './series-file.js';

/** Time after the series: they go stale, and the end of alerts is told. */
const REST_MS = 30 * 60_000;

/** Injects series in which alerts fire, and prints which receivers of the configuration would be notified. */
export async function drillAlert(call: CommandCall): Promise<ExitCode> {
  const { args, options, json, print, strong } = call;
  const rules = await chosenRules(call);
  const chosen = configured(rules);
  // What the application evaluates: without the alerts about scrapes.
  const files = rules.groups.filter(({ file }) => file !== '');
  const evaluated = [...planOf(chosen, rules.namespace).groups, ...files];
  for (const name of args) groupOfAlert(evaluated, name);
  const at = options['at'];
  const startMs = typeof at === 'string' ? timeOf('--at', at) : Date.now();
  const series = samplesOf(await inputOf(call), rules, startMs);
  const drill = {
    ...rules,
    options: chosen,
    series,
    startMs,
    endMs: endOf(series, startMs) + REST_MS,
  };
  const all = await drillAlerts(drill);
  const events = all.filter((it) => isShown(it, args));
  const outcomes = args.map((name) => outcomeOf(name, events, drill));
  if (json) {
    const after = (it: DrillEvent) => ({
      ...it,
      atMs: undefined,
      after: (it.atMs - startMs) / 1_000,
    });
    print(JSON.stringify({ at: timeText(startMs), events: events.map(after), alerts: outcomes }));
  } else {
    print(`From ${timeText(startMs)} on:`);
    const rows = events.flatMap((it) => rowsOf(it, durationText(it.atMs - startMs)));
    for (const line of table(['AFTER', 'EVENT', 'ALERT', 'DETAILS'], rows, strong)) print(line);
    for (const { alert, text } of outcomes) print(`${strong(alert)} ${text}`);
  }
  return outcomes.every(({ receivers }) => receivers.length > 0) ? exitCodes.ok : exitCodes.problem;
}

/** Without a configuration, there is one receiver. */
function configured({ options, sections }: ChosenRules): AlertingOptions {
  if (sections.alerts !== undefined) return options;
  const name = 'receiver';
  return { ...options, receivers: [{ name, open: () => ({ send: async () => undefined }) }] };
}

async function inputOf({ args, options }: CommandCall): Promise<SeriesInput> {
  const { series } = options;
  if (typeof series === 'string') return readSeriesFile(series);
  const inputs = args.map((name) => {
    const found = exampleOf(name, 'firing');
    if (found !== undefined) return found;
    const rule = 'is no shipped alert, and has no series of its own';
    throw invalid('NAME', name, [rule, 'Pass --series FILE.']);
  });
  const noted = Object.assign({}, ...inputs.map((it) => it.noted)) as SeriesInput['noted'];
  return { noted, intervalMs: 60_000 };
}

/** The watchdog fires in every drill. */
function isShown(event: DrillEvent, asked: readonly string[]): boolean {
  const about = event.kind === 'notified' ? event.notification.alerts : [event.alert];
  return about.some(({ name, severity }) => severity !== 'none' || asked.includes(name));
}

function rowsOf(event: DrillEvent, after: string): string[][] {
  if (event.kind !== 'notified') {
    const { name, labels } = event.alert;
    const { alertname: _, ...rest } = labels;
    return [[after, event.kind, name, LabelSet.of(rest).toString()]];
  }
  const { receiver, status, groupLabels, alerts } = event.notification;
  const names = [...new Set(alerts.map(({ name }) => name))].join(', ');
  const counts = ['firing', 'resolved'].flatMap((state) => {
    const count = alerts.filter((it) => it.status === state).length;
    return count === 0 ? [] : [`${count} ${state}`];
  });
  const group = LabelSet.of(groupLabels).toString();
  return [
    [after, 'notified', names, `${receiver}: ${status}, ${counts.join(', ')}, group ${group}`],
  ];
}

interface Outcome {
  readonly alert: string;
  readonly receivers: readonly string[];
  readonly text: string;
}

function outcomeOf(
  alert: string,
  events: readonly DrillEvent[],
  drill: { readonly options: AlertingOptions; readonly namespace: string | undefined },
): Outcome {
  const told = events.flatMap((it) =>
    it.kind === 'notified' &&
    it.notification.alerts.some(({ name, status }) => name === alert && status === 'firing')
      ? [it.notification.receiver]
      : [],
  );
  const receivers = [...new Set(told)];
  if (receivers.length > 0) return { alert, receivers, text: `notifies ${receivers.join(', ')}` };
  const own = events.filter((it) => it.kind !== 'notified' && it.alert.name === alert);
  return { alert, receivers, text: `notifies no receiver: ${reasonOf(own, drill)}` };
}

function reasonOf(
  own: readonly DrillEvent[],
  {
    options,
    namespace,
  }: { readonly options: AlertingOptions; readonly namespace: string | undefined },
): string {
  const first = (kind: DrillEvent['kind']) =>
    own.flatMap((it) => (it.kind === kind && it.kind !== 'notified' ? [it] : []))[0];
  const fired = first('firing');
  if (fired === undefined) return 'it does not fire';
  const { routes } = planOf(options, namespace);
  const taken = routesOf(LabelSet.of(fired.alert.labels), routes);
  if (taken.length === 0) return 'no route takes it';
  const silenced = first('silenced');
  if (silenced !== undefined) return `it is silenced by ${silenced.alert.silencedBy.join(', ')}`;
  if (taken.every((it) => isMutedAt(it.muteTimes, fired.atMs))) return 'its routes are muted';
  if (first('inhibited') !== undefined) return 'it is inhibited by an alert that fires';
  return 'it ends before its group is told';
}
