import * as v from 'valibot';
import { alertDefinitions } from '../alerting/alert-definitions.js';
import { alertOptions } from '../alerting/alert-options.js';
import { group, list, option, record, type ValueDescription } from '../options/description.js';
import {
  callback,
  flag,
  matching,
  OFF,
  oneOf,
  providerToken,
  text,
  timerMs,
} from '../options/standard-options.js';
import type {
  AlertingOptions,
  AlertLeader,
  AlertRouteOptions,
  AlertRuleOptions,
  InhibitionOptions,
  ShippedAlertOptions,
} from './alerting-options.js';
import { MATCHER } from './notifications/matchers.js';
import {
  DAYS_OF_MONTH,
  MONTHS_PATTERN,
  type MuteTime,
  TIME_OF_DAY,
  TIME_ZONE,
  WEEKDAYS_PATTERN,
} from './notifications/mute-times.js';
import { WEB_ADDRESS } from './receivers/receiver-options.js';

const LONGEST_QUERY = 16_384;
const LONGEST_TEXT = 4_096;
const DURATION =
  /^(?=\d)(?:\d{1,3}y)?(?:\d{1,4}w)?(?:\d{1,5}d)?(?:\d{1,6}h)?(?:\d{1,8}m)?(?:\d{1,9}s)?(?:\d{1,9}ms)?$/;

const duration = (example: string): ValueDescription =>
  option(matching(DURATION), {
    rule: 'a duration of Prometheus',
    remedy: `Pass something like '${example}'.`,
  });

const labelName = option(matching(/^[a-zA-Z_]\w*$/), {
  rule: 'a label name',
  remedy: "Pass something like 'alertname'.",
});
const labels = (example: string) =>
  list(labelName, { rule: 'a list of label names', remedy: `Pass something like ${example}.` });

const matchers = (isRequired = false) =>
  list(
    option(matching(MATCHER), {
      rule: 'a matcher',
      remedy: `Pass something like 'severity="critical"'.`,
    }),
    {
      rule: 'a list of matchers',
      remedy: `Pass something like ['severity="critical"'].`,
      required: isRequired,
      atLeast: isRequired ? 1 : 0,
    },
  );

const names = (subject: string, isRequired = false) =>
  list(text(64), {
    rule: `a list of names of ${subject}`,
    remedy: 'Pass their names.',
    required: isRequired,
    atLeast: isRequired ? 1 : 0,
  });

const texts = (example: string) =>
  record(
    { key: labelName, value: option(v.string(), { rule: 'a text', remedy: 'Pass a text.' }) },
    { rule: 'an object of texts', remedy: `Pass something like ${example}.` },
  );

const address = (example: string) =>
  option(matching(WEB_ADDRESS), {
    rule: 'an address that begins with http:// or https://',
    remedy: `Pass something like '${example}'.`,
  });

const ruleOptions = group<AlertRuleOptions>(
  {
    name: text(256, { required: true, remedy: "Pass something like 'high_latency'." }),
    query: text(LONGEST_QUERY, { required: true, remedy: 'Pass a condition in PromQL.' }),
    for: duration('5m'),
    keepFiringFor: duration('5m'),
    severity: text(64),
    labels: texts("{ team: 'platform' }"),
    annotations: texts("{ summary: 'High latency' }"),
    onNoData: oneOf(['resolve', 'keep', 'fire']),
  },
  { rule: 'a rule', remedy: 'Pass { name, query, for, severity, labels, annotations }.' },
);

const part = (accepted: RegExp, example: string) =>
  list(
    option(matching(accepted), {
      rule: `something like ${example}`,
      remedy: `Pass something like ${example}.`,
    }),
    { rule: 'a list', remedy: `Pass something like ['${example}'].`, atLeast: 1 },
  );

const timeOfDay = option(matching(TIME_OF_DAY), {
  rule: 'a time of day from 00:00 to 24:00',
  remedy: "Pass something like '22:00'.",
  required: true,
});

const muteTime = group<MuteTime>({
  times: list(
    group<NonNullable<MuteTime['times']>[number]>(
      { start: timeOfDay, end: timeOfDay },
      {
        rule: 'an object with start and end',
        remedy: "Pass something like { start: '22:00', end: '24:00' }.",
        checks: [
          {
            at: 'end',
            rule: 'must be after the start',
            remedy: 'Divide a time over midnight into two.',
            holds: ({ start, end }) => String(start) < String(end),
          },
        ],
      },
    ),
    { rule: 'a list of times', remedy: "Pass [{ start: '22:00', end: '24:00' }].", atLeast: 1 },
  ),
  weekdays: part(WEEKDAYS_PATTERN, 'monday:friday'),
  daysOfMonth: part(DAYS_OF_MONTH, '1:5'),
  months: part(MONTHS_PATTERN, 'december'),
  location: option(matching(TIME_ZONE), {
    rule: 'a time zone',
    remedy: "Pass something like 'Europe/Berlin'.",
  }),
});

const leaderOptions = group<AlertLeader>(
  {
    inject: list(providerToken(), { rule: 'a list of providers', remedy: 'Pass their tokens.' }),
    isLeader: callback('Pass (lease) => lease.isHeld.', { required: true }),
    loadState: callback("Pass (lease, redis) => redis.get('alerts')."),
    saveState: callback("Pass (state, lease, redis) => redis.set('alerts', state)."),
  },
  {
    rule: 'a function, or an object with isLeader()',
    remedy: 'Pass { inject: [Lease], isLeader: (lease) => lease.isHeld }.',
    or: v.function(),
    checks: [
      {
        at: 'loadState',
        rule: 'and saveState must be set together',
        remedy: 'Pass both, or none.',
        holds: (it) => (it['loadState'] === undefined) === (it['saveState'] === undefined),
      },
    ],
  },
);

const { slos, parameters } = alertOptions.members as Record<string, ValueDescription>;

/** Description of {@link AlertingOptions}. The reference of options reads it. @public */
export const alertingOptions = group<AlertingOptions>({
  shipped: group<ShippedAlertOptions>(
    {
      parameters: parameters!,
      slos: slos!,
      disabled: list(oneOf(alertDefinitions.map(({ name }) => name)), {
        rule: 'a list of shipped alerts',
        remedy: "Pass something like ['SeriesFolded'].",
      }),
    },
    { rule: 'an object of options, or false', remedy: 'Pass an object.', or: OFF },
  ),
  rules: list(ruleOptions, { rule: 'a list of rules', remedy: 'Pass an array of rules.' }),
  ruleFiles: list(text(LONGEST_TEXT), {
    rule: 'a list of paths',
    remedy: "Pass something like ['rules.yaml'].",
  }),
  intervalMs: timerMs(),
  receivers: list(
    option((it) => isReceiver(it), {
      rule: 'a receiver: an object with name and open()',
      remedy: 'Pass something like logReceiver().',
    }),
    { rule: 'a list of receivers', remedy: 'Pass something like [logReceiver()].' },
  ),
  routes: list(
    group<AlertRouteOptions>(
      {
        matchers: matchers(),
        receivers: names('receivers', true),
        groupBy: labels("['alertname']"),
        groupWait: duration('30s'),
        groupInterval: duration('5m'),
        repeatInterval: duration('4h'),
        muteTimes: names('muteTimes'),
        continue: flag(),
      },
      { rule: 'a route', remedy: 'Pass { matchers, receivers }.' },
    ),
    { rule: 'a list of routes', remedy: 'Pass an array of routes.' },
  ),
  groupBy: labels("['alertname']"),
  groupWait: duration('30s'),
  groupInterval: duration('5m'),
  repeatInterval: duration('4h'),
  inhibitions: list(
    group<InhibitionOptions>(
      { source: matchers(true), target: matchers(true), equal: labels("['job']") },
      { rule: 'an inhibition', remedy: 'Pass { source, target, equal }.' },
    ),
    { rule: 'a list of inhibitions', remedy: 'Pass an array.' },
  ),
  muteTimes: record(
    {
      key: text(64),
      value: list(muteTime, { rule: 'a list of times', remedy: 'Pass an array of times.' }),
    },
    {
      rule: 'lists of times by name',
      remedy: "Pass something like { weekend: [{ weekdays: ['saturday', 'sunday'] }] }.",
    },
  ),
  silencesFile: text(LONGEST_TEXT, {
    remedy: "Pass something like '/var/lib/shop/silences.json'.",
  }),
  leader: leaderOptions,
  runbookUrl: address('https://shop.example/runbooks'),
  liveUrl: address('https://shop.example/live'),
  traceUrl: address('https://jaeger.example/trace/{trace_id}'),
});

function isReceiver(it: unknown): boolean {
  if (typeof it !== 'object' || it === null) return false;
  const { name, open } = it as { name?: unknown; open?: unknown };
  return typeof name === 'string' && /^[\w-]{1,64}$/.test(name) && typeof open === 'function';
}
