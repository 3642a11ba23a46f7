import { clusterMetrics } from '../../metrics/catalogue/cluster.js';
import { errorMetrics } from '../../metrics/catalogue/errors.js';
import { healthMetrics } from '../../metrics/catalogue/health.js';
import { logMetrics } from '../../metrics/catalogue/plugins/logs.js';
import { alert } from '../alert-definition.js';
import { digits, stays } from '../examples.js';
import { increasedAbove } from '../expressions.js';

const { status } = healthMetrics;
const { errors } = errorMetrics;
const MEBIBYTE = 1_048_576;
const check = `${status.name}{check="event_store"}`;
const critical = `${errors.name}{source="command",error_type="LedgerBroken",category="critical"}`;
const waiting = `${logMetrics.buffered.name}{sink="loki"}`;

/** Alerts on failures of all handlers together. */
export const errorAlerts = {
  CriticalErrors: alert({
    severity: 'critical',
    keepFiringFor: '10m',
    parameters: {
      errors: {
        unit: 'count',
        default: 0,
        description: 'critical errors within ten minutes that are tolerated',
      },
    },
    expr: ({ errors: tolerated }, { by }) =>
      increasedAbove(`${errors.name}{category="critical"}`, by('source', 'error_type'), tolerated),
    labels: ['job', 'source', 'error_type'],
    summary: 'Critical error {{ $labels.error_type }} in {{ $labels.job }}',
    description:
      'A {{ $labels.source }} failed with an error that the application declares critical, about {{ $value | humanize }} times within ten minutes.',
    runbook: {
      means:
        'An error of the category `critical` occurred: the application registered its class, or it is like out-of-memory.',
      impact: 'What the application says about this error; data may be wrong.',
      look: ['Log lines and spans with this `error_type`.'],
      act: ['Follow the instructions of the team that registered the error.'],
    },
    firing: ({ errors: tolerated }) => ({ [critical]: `_x25 ${digits(tolerated + 1)}x5` }),
    quiet: () => ({
      [`${errors.name}{source="command",error_type="ECONNRESET",category="transient"}`]: '0+5x30',
    }),
    drill: 'A command throws an error that is registered as critical.',
  }),
} as const;

/** Alerts on health checks. */
export const healthAlerts = {
  HealthCheckDown: alert({
    severity: 'critical',
    keepFiringFor: '5m',
    parameters: {},
    expr: () => `max_over_time(${status.name}[5m]) == 0`,
    labels: ['job', 'instance', 'check'],
    summary: 'Check {{ $labels.check }} of {{ $labels.job }} is down',
    description: 'On {{ $labels.instance }} the check has been down for five minutes.',
    runbook: {
      means:
        'A health check has answered "down" for five minutes. Checks run when a health endpoint is requested; if no probe asks, the alert shows the last answer.',
      impact: 'If the check belongs to readiness, the instance receives no requests.',
      look: ['`/health`: the reason of the check.', 'The dependency that it names.'],
      act: ['Restore the dependency.'],
    },
    firing: () => ({ [check]: '1x10 0x20' }),
    quiet: () => ({ [check]: '1x10 0x3 1x17' }),
    drill: 'The database is stopped.',
  }),
  HealthCheckDegraded: alert({
    severity: 'warning',
    for: '5m',
    keepFiringFor: '5m',
    parameters: {},
    expr: () => `max_over_time(${status.name}[5m]) == 0.5`,
    labels: ['job', 'instance', 'check'],
    summary: 'Check {{ $labels.check }} of {{ $labels.job }} is degraded',
    description: 'On {{ $labels.instance }} the check has been degraded for ten minutes.',
    runbook: {
      means:
        'A health check has answered "degraded" for ten minutes: the application works, with less than it should have.',
      impact: 'Parts work slowly or with old data.',
      look: ['`/health`: the reason of the check.'],
      act: ['Follow the alert on the part that the reason names.'],
    },
    firing: () => ({ [check]: '1x5 0.5x25' }),
    quiet: () => ({ [check]: '1x5 0.5x3 1x22' }),
    drill: 'The head reader fails.',
  }),
} as const;

/** Alerts on workers and threads whose metrics are collected in one place. */
export const clusterAlerts = {
  ClusterMemberSilent: alert({
    severity: 'warning',
    keepFiringFor: '5m',
    parameters: {},
    expr: () => `min_over_time(${clusterMetrics.members.name}{state="silent"}[5m]) > 0`,
    labels: ['job', 'instance', 'state'],
    summary: '{{ $value }} workers of {{ $labels.job }} on {{ $labels.instance }} do not answer',
    description: 'They contribute their last known counts to the metrics.',
    runbook: {
      means:
        'A worker or thread has not answered the collection of metrics in time for five minutes: its event loop is blocked, or it hangs.',
      impact: 'Its metrics stand still. It probably serves no request.',
      look: ['CPU of the workers: one at 100 % is in a loop.', 'The log lines of the worker.'],
      act: ['End the worker; the primary starts another one.'],
    },
    firing: () => ({ [`${clusterMetrics.members.name}{state="silent"}`]: '1x30' }),
    quiet: () => ({ [`${clusterMetrics.members.name}{state="silent"}`]: '0x10 1x3 0x17' }),
    drill: 'A worker blocks its event loop.',
  }),
  ClusterMembersLost: alert({
    severity: 'warning',
    keepFiringFor: '5m',
    parameters: {
      members: {
        unit: 'count',
        default: 0,
        description: 'abrupt ends within ten minutes that are tolerated',
      },
    },
    expr: ({ members }, { by }) =>
      increasedAbove(`${clusterMetrics.ended.name}{end="abrupt"}`, by(), members),
    labels: ['job'],
    summary: 'Workers of {{ $labels.job }} end abruptly',
    description:
      'About {{ $value | humanize }} workers ended within ten minutes without their last report.',
    runbook: {
      means: 'Workers or threads ended without their last report: they crashed, or were killed.',
      impact: 'Their requests under way failed. Counts since their last report are lost.',
      look: ['Exit codes and signals in the log of the primary.', 'Memory of the workers before.'],
      act: ['Correct the crash.', 'Let workers drain at their end.'],
    },
    firing: ({ members }) => ({
      [`${clusterMetrics.ended.name}{end="abrupt"}`]: `0x25 ${digits(members + 2)}x5`,
    }),
    quiet: () => ({
      [`${clusterMetrics.ended.name}{end="abrupt"}`]: '0x30',
      [`${clusterMetrics.ended.name}{end="reported"}`]: '0+1x30',
    }),
    drill: 'A worker is killed.',
  }),
} as const;

/** Alerts on log lines. */
export const logAlerts = {
  LogLinesDropped: alert({
    severity: 'warning',
    keepFiringFor: '5m',
    parameters: {
      lines: {
        unit: 'count',
        default: 0,
        description: 'dropped lines within ten minutes that are tolerated',
      },
    },
    expr: ({ lines }, { by }) =>
      increasedAbove(logMetrics.dropped.name, by('sink', 'reason'), lines),
    labels: ['job', 'sink', 'reason'],
    summary: 'Log lines of {{ $labels.job }} get lost: {{ $labels.sink }}',
    description:
      'The sink dropped about {{ $value | humanize }} lines within ten minutes, reason {{ $labels.reason }}.',
    runbook: {
      means:
        'A sink gave log lines up: `overflow` is a full buffer, `error` a target that fails, `refused` a line that the target does not accept, `exit` the end of the process.',
      impact: 'The log has gaps. The work itself is not affected.',
      look: [
        'The target of the sink: disk, Elasticsearch, Loki, collector.',
        '`diagnose().faults`: the last error of the sink.',
      ],
      act: ['Restore the target.', 'Raise the level of the sink, or its buffer.'],
    },
    firing: ({ lines }) => ({
      [`${logMetrics.dropped.name}{sink="file",reason="error"}`]: `0x25 ${digits(lines + 40)}x5`,
    }),
    quiet: () => ({ [`${logMetrics.dropped.name}{sink="file",reason="error"}`]: '0x30' }),
    drill: 'The target of a sink refuses connections.',
  }),
  LogSinkBacklog: alert({
    severity: 'warning',
    for: '2m',
    keepFiringFor: '5m',
    parameters: {
      bytes: { unit: 'bytes', default: 4 * MEBIBYTE, description: 'log lines that wait in a sink' },
    },
    expr: ({ bytes }) => `min_over_time(${logMetrics.buffered.name}[5m]) > ${bytes}`,
    labels: ['job', 'instance', 'sink'],
    summary: 'Log lines of {{ $labels.job }} pile up: {{ $labels.sink }}',
    description: '{{ $value | humanize1024 }}B wait in the sink; the limit is {bytes}.',
    runbook: {
      means:
        'For minutes more than {bytes} of log lines have been waiting in a sink: its target is slower than the application writes.',
      impact: 'When the buffer is full, lines are dropped.',
      look: [
        'Latency and errors of the target.',
        `The rate of lines: \`sum by (level) (rate(${logMetrics.lines.name}[5m]))\`.`,
      ],
      act: ['Relieve the target.', 'Raise the level of the sink.'],
    },
    firing: ({ bytes }) => ({ [waiting]: stays(2 * bytes) }),
    quiet: ({ bytes }) => ({ [waiting]: `0x10 ${stays(2 * bytes, 2)} 0x18` }),
    drill: 'The target of a sink does not answer.',
  }),
} as const;
