import { alertDefinitions, alertRules, type RuleGroup } from '../../../lib/alerting/index.js';
import { LONELY_JOB } from './processes.js';

const MEBIBYTE = 1_048_576;

/** Thresholds in seconds of things that last for long are short, as the windows are; memory is that of a small process. */
const parameters = {
  // A busy machine makes few calls within ten seconds.
  ...Object.fromEntries(
    alertDefinitions
      .filter((it) => it.parameters['calls'] !== undefined)
      .map(({ name }) => [`${name}.calls`, 5]),
  ),
  'GcPauseHigh.ratio': 0.05,
  'ApplicationRestarting.restarts': 2,
  'ProjectionLagHigh.seconds': 1,
  'ProjectionLatencyHigh.seconds': 1,
  'ProjectionHeadUnreadable.seconds': 3,
  'OldestJobTooOld.age': 5,
  'PipelineStageBacklog.seconds': 3,
  'PipelineSilent.seconds': 5,
  'ScrapeSlow.seconds': 0.3,
  'LogSinkBacklog.bytes': 20_000,
  'MemoryHigh.bytes': 850 * MEBIBYTE,
  'MemoryForecast.bytes': 1_280 * MEBIBYTE,
  'MemoryForecast.seconds': 240,
  'MemoryForecast.uptime': 60,
};

/** The exported rules. The alert on absent applications is about one of the jobs, because the others go on. */
export function drillRules(jobs: readonly string[]): readonly RuleGroup[] {
  const isAbsent = (rule: object) => 'alert' in rule && rule.alert === 'ApplicationAbsent';
  const all = alertRules({
    parameters,
    slos: [{ name: 'orders', kind: 'availability', handler: 'PlaceOrder', objective: 95 }],
  }).map(({ name, rules }) => ({ name, rules: rules.filter((it) => !isAbsent(it)) }));
  const ofLonely = alertRules({ selector: `job="${LONELY_JOB}"` }).flatMap(({ rules }) => rules);
  return !jobs.includes(LONELY_JOB)
    ? all
    : [...all, { name: LONELY_JOB, rules: ofLonely.filter(isAbsent) }];
}
