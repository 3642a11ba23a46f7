import { alertRules } from '../alerting/alert-rules.js';
import { alertmanagerFiles } from '../alerting/alertmanager.js';
import { ConfigurationError, type ConfigurationProblem } from '../kernel/configuration-error.js';
import { optionProblems } from '../options/assert-options.js';
import { parseDuration } from '../query/language/literals.js';
import { alertingOptions } from './alerting-description.js';
import type { AlertingOptions, AlertRouteOptions, AlertRuleOptions } from './alerting-options.js';
import type { InhibitionPlan } from './notifications/inhibitions.js';
import { matcherOf } from './notifications/matchers.js';
import { isDayRange, isTimeZone } from './notifications/mute-times.js';
import type { RoutePlan } from './notifications/routes.js';
import type { AlertReceiver } from './receivers/alert-receiver.js';
import { readGroups } from './rules/rule-groups.js';
import { alertingRule, RuleFields } from './rules/rule-reader.js';
import type { GroupPlan } from './rules/rule.js';

/** Checked options as the engine works with them. Rule files are not part of it. */
export interface AlertingPlan {
  readonly groups: readonly GroupPlan[];
  readonly routes: readonly RoutePlan[];
  readonly inhibitions: readonly InhibitionPlan[];
}

/** Alerts about scrapes, which an application cannot have about itself. */
const ABOUT_SCRAPES: readonly string[] = ['ApplicationDown', 'ApplicationAbsent', 'ScrapeSlow'];
const NO_WATCHDOG = 'severity!="none"';

/**
 * Checks options, and returns what they say.
 *
 * @param namespace - First word of the metric names.
 * @throws ConfigurationError `OBS_OPTION_INVALID` with all problems.
 */
export function planOf(options: AlertingOptions, namespace?: string): AlertingPlan {
  const invalid = optionProblems('alerting()', alertingOptions, options);
  if (invalid.length > 0) throw new ConfigurationError('OBS_OPTION_INVALID', ...invalid);
  const own = ownRules(options.rules ?? []);
  const problems = [...own.problems, ...receiverProblems(options), ...valueProblems(options)];
  if (problems.length > 0) throw new ConfigurationError('OBS_OPTION_INVALID', ...problems);
  return {
    groups: [...shippedGroups(options, namespace), ...own.groups],
    routes: routePlans(options),
    inhibitions: inhibitionPlans(options),
  };
}

function shippedGroups(
  { shipped = {}, runbookUrl }: AlertingOptions,
  namespace: string | undefined,
): readonly GroupPlan[] {
  if (shipped === false) return [];
  const { disabled = [], ...settings } = shipped;
  const rules = alertRules({
    ...settings,
    ...(namespace !== undefined && { namespace }),
    ...(runbookUrl !== undefined && { runbookUrl }),
  });
  const left: readonly string[] = [...ABOUT_SCRAPES, ...disabled];
  const kept = rules.map((it) => ({
    ...it,
    rules: it.rules.filter((rule) => !('alert' in rule) || !left.includes(rule.alert)),
  }));
  const { groups, problems } = readGroups({
    subject: 'shipped',
    file: '',
    value: { groups: kept.filter((it) => it.rules.length > 0) },
  });
  if (problems.length > 0) throw new ConfigurationError('OBS_OPTION_INVALID', ...problems);
  return groups;
}

function ownRules(rules: readonly AlertRuleOptions[]): ReturnType<typeof readGroups> {
  if (rules.length === 0) return { groups: [], problems: [] };
  const problems: ConfigurationProblem[] = [];
  const read = rules.flatMap((it, i) => {
    const { name, severity, labels = {}, onNoData = 'resolve' } = it;
    const fields = new RuleFields({ ...it }, (field, value, problem) => {
      const subject = `alerting().rules[${i}].${field.replaceAll('/', '.')}`;
      problems.push({ subject, value, ...problem });
    });
    const all = { ...labels, ...(severity !== undefined && { severity }) };
    const found = fields.expression('query');
    return alertingRule(fields, { found, labels: all, name, onNoData }) ?? [];
  });
  const settings = { file: '', intervalMs: undefined, limit: 0, queryOffsetMs: 0 };
  return { groups: [{ name: 'rules', ...settings, rules: read }], problems };
}

function receiverProblems({
  receivers = [],
  routes = [],
  muteTimes = {},
}: AlertingOptions): ConfigurationProblem[] {
  const known = receivers.map(({ name }) => name);
  const doubles = known.flatMap((name, i) =>
    known.indexOf(name) === i
      ? []
      : [problem(`receivers[${i}].name`, name, 'must be unique', 'Pass another name.')],
  );
  const unknown = (i: number, member: 'receivers' | 'muteTimes', all: readonly string[]) =>
    (routes[i]?.[member] ?? []).flatMap((name, n) => {
      if (all.includes(name)) return [];
      const remedy = `Known are: ${all.join(', ') || 'none'}.`;
      const rule = `names none of the option ${member}`;
      return [problem(`routes[${i}].${member}[${n}]`, name, rule, remedy)];
    });
  return [
    ...doubles,
    ...routes.flatMap((_, i) => [
      ...unknown(i, 'receivers', known),
      ...unknown(i, 'muteTimes', Object.keys(muteTimes)),
    ]),
  ];
}

/** Values that have the right form and are wrong all the same. */
function valueProblems({ routes = [], inhibitions = [], muteTimes = {} }: AlertingOptions) {
  const inRoutes = routes.flatMap((it, i) =>
    (it.matchers ?? []).map((text) => [`routes[${i}].matchers`, text] as const),
  );
  const inInhibitions = inhibitions.flatMap((it, i) =>
    [...it.source, ...it.target].map((text) => [`inhibitions[${i}]`, text] as const),
  );
  const patterns = [...inRoutes, ...inInhibitions]
    .filter(([, text]) => matcherOf(text) === undefined)
    .map(([path, text]) =>
      problem(path, text, 'has an invalid regular expression', 'Write it as RE2 reads it.'),
    );
  const zones = Object.entries(muteTimes).flatMap(([name, times]) =>
    times.flatMap(({ location }) =>
      location === undefined || isTimeZone(location)
        ? []
        : [problem(`muteTimes.${name}`, location, 'is no time zone', "Pass 'Europe/Berlin'.")],
    ),
  );
  const days = Object.entries(muteTimes).flatMap(([name, times]) =>
    times
      .flatMap(({ daysOfMonth = [] }) => daysOfMonth.filter((it) => !isDayRange(it)))
      .map((it) => problem(`muteTimes.${name}`, it, 'ends before it begins', "Pass '1:5'.")),
  );
  return [...patterns, ...zones, ...days];
}

function problem(path: string, value: unknown, ...texts: [string, string]): ConfigurationProblem {
  const [rule, remedy] = texts;
  return { subject: `alerting().${path}`, value, rule, remedy };
}

function routePlans(options: AlertingOptions): readonly RoutePlan[] {
  const { receivers = [], routes } = options;
  const resolves = (name: string) => receivers.find((it) => it.name === name)?.sendsResolved;
  if (routes === undefined) return receivers.map((it, step) => impliedRoute(it, options, step));
  const named = routes.flatMap((it, step) =>
    it.receivers.map((receiver) => ({
      ...timesOf(it, options),
      receiver,
      step,
      matchers: matchersOf(it.matchers ?? []),
      muteTimes: (it.muteTimes ?? []).flatMap((name) => options.muteTimes?.[name] ?? []),
      sendsResolved: resolves(receiver) ?? true,
      isUnfiltered: false,
      continues: it.continue ?? false,
    })),
  );
  // A heartbeat and Alertmanager have alerts of their own, which no route has to name.
  const implied = receivers.filter(
    ({ name, route }) => route !== undefined && !named.some((it) => it.receiver === name),
  );
  return [...implied.map((it, i) => impliedRoute(it, options, -1 - i)), ...named];
}

function impliedRoute(it: AlertReceiver, options: AlertingOptions, step: number): RoutePlan {
  const { matchers = [NO_WATCHDOG], ...route } = it.route ?? {};
  const times = timesOf({}, options);
  const given = Object.entries(route).filter(([, value]) => value !== undefined);
  return {
    ...times,
    isUnfiltered: false,
    ...Object.fromEntries(given),
    receiver: it.name,
    step,
    matchers: matchersOf(matchers),
    muteTimes: [],
    sendsResolved: it.sendsResolved ?? true,
    continues: true,
  };
}

function timesOf(route: Partial<AlertRouteOptions>, options: AlertingOptions) {
  const ms = (name: 'groupWait' | 'groupInterval' | 'repeatInterval', fallback: string) =>
    parseDuration(route[name] ?? options[name] ?? fallback) ?? 0;
  return {
    groupBy: route.groupBy ?? options.groupBy ?? ['alertname', 'job'],
    groupWaitMs: ms('groupWait', '30s'),
    groupIntervalMs: Math.max(1_000, ms('groupInterval', '5m')),
    repeatIntervalMs: ms('repeatInterval', '4h'),
  };
}

function inhibitionPlans({
  shipped,
  inhibitions = [],
}: AlertingOptions): readonly InhibitionPlan[] {
  const own = inhibitions.map(({ source, target, equal = [] }) => ({
    source: matchersOf(source),
    target: matchersOf(target),
    equal,
  }));
  if (shipped === false) return own;
  const rules = alertmanagerFiles({ slos: shipped?.slos ?? [] }).config[
    'inhibit_rules'
  ] as readonly {
    readonly source_matchers: readonly string[];
    readonly target_matchers: readonly string[];
    readonly equal: readonly string[];
  }[];
  const exported = rules.map((it) => ({
    source: matchersOf(it.source_matchers),
    target: matchersOf(it.target_matchers),
    equal: it.equal,
  }));
  return [...exported, ...own];
}

function matchersOf(texts: readonly string[]) {
  return texts.flatMap((it) => matcherOf(it) ?? []);
}
