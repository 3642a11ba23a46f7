import { LabelSet } from '../../../query/label-set.js';
import { type CommandCall, exitCodes, type ExitCode } from '../../command.js';
import { UsageError } from '../../command-io.js';
import { roundedText, table } from '../../table.js';
import { timeText } from '../../times.js';
import { readQueryApi } from '../query-answer.js';

interface Alert {
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly activeAt: string;
  readonly value: string;
}

interface Rule {
  readonly name: string;
  readonly state?: string;
  readonly health: string;
  readonly lastError?: string;
  readonly alerts?: readonly Alert[];
}

const ORDER = ['firing', 'pending'];

/** Prints the alerts of a service, or of a Prometheus, and the rules that cannot be evaluated. */
export async function listAlerts(call: CommandCall): Promise<ExitCode> {
  const { json, print } = call;
  const { groups } = await readQueryApi<{ groups: readonly { rules: readonly Rule[] }[] }>(
    call,
    'rules',
    { type: 'alert' },
  );
  const rules = groups.flatMap((it) => it.rules);
  if (rules.length === 0)
    throw new UsageError('the service evaluates no alerts. Add the plugin alerting()');
  const alerts = rules
    .flatMap((it) => it.alerts ?? [])
    .toSorted(
      (a, b) =>
        ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || (a.activeAt < b.activeAt ? -1 : 1),
    );
  const failing = rules.filter(({ health }) => health === 'err');
  if (json) print(JSON.stringify({ alerts, failing, rules: rules.map(({ name }) => name) }));
  else for (const line of linesOf(call, rules, alerts)) print(line);
  // The watchdog always fires.
  const isBad = alerts.some((it) => it.state === 'firing' && it.labels['severity'] !== 'none');
  return isBad || failing.length > 0 ? exitCodes.problem : exitCodes.ok;
}

function* linesOf(
  { options, strong }: CommandCall,
  rules: readonly Rule[],
  alerts: readonly Alert[],
): Generator<string> {
  const heading = ['STATE', 'SEVERITY', 'ALERT', 'SINCE', 'VALUE', 'LABELS'];
  const rows = alerts.map(({ state, labels, activeAt, value }) => {
    const { alertname = '', severity = '', ...rest } = labels;
    const since = timeText(Date.parse(activeAt));
    const number = roundedText(Number(value));
    return [state, severity, alertname, since, number, LabelSet.of(rest).toString()];
  });
  const inactive = rules.filter((it) => (it.alerts ?? []).length === 0);
  const others = inactive.map(({ name, health }) => [
    health === 'ok' ? 'inactive' : health,
    '',
    name,
  ]);
  const shown = options['all'] === true ? [...rows, ...others] : rows;
  if (shown.length > 0) yield* table(heading, shown, strong);
  for (const { name, health, lastError = '' } of rules)
    if (health === 'err') yield `${strong(name)} cannot be evaluated: ${lastError}`;
}
