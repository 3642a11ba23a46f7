import { errorMetrics } from '../../metrics/catalogue/errors.js';
import { alert } from '../alert-definition.js';
import { fewCalls, observations, ratioFires } from '../examples.js';
import { minimumCalls, p95Above, ratioAbove } from '../expressions.js';

interface NamedMetric {
  readonly name: string;
}

/** Kind of calls that alerts are made for. */
interface CallAlerts {
  /** Singular, the value of the label `source`. */
  readonly kind: string;
  readonly plural: string;
  /** Label with the name of the handler. */
  readonly label: string;
  readonly handler: string;
  readonly metrics: Readonly<
    Record<'finished' | 'failed' | 'duration' | 'concurrent', NamedMetric>
  >;
  readonly impact: string;
}

const of = (label: string) => `{{ $labels.${label} }} of {{ $labels.job }}`;

/** Returns the alert on the error rate of a kind of calls. */
export function errorRateAlert({ kind, plural, label, handler, metrics, impact }: CallAlerts) {
  const { finished, failed } = metrics;
  const series = (name: string) => `${name}{${label}="${handler}"}`;
  return alert({
    severity: 'critical',
    for: '5m',
    keepFiringFor: '10m',
    parameters: {
      ratio: { unit: 'ratio', default: 0.05, description: `failed ${plural} per finished one` },
      calls: minimumCalls,
    },
    expr: ({ ratio, calls }, { by }) =>
      ratioAbove({ part: failed.name, whole: finished.name, by: by(label), above: ratio, calls }),
    labels: ['job', label],
    summary: `${of(label)} fails`,
    description: `{{ $value | humanizePercentage }} of the ${plural} {{ $labels.${label} }} fail; the limit is {ratio}.`,
    runbook: {
      means: `More than {ratio} of the ${plural} of one type have ended with an error for five minutes. Rejections by a business rule are not errors.`,
      impact,
      look: [
        `The error types: \`topk(5, sum by (error_type) (increase(${errorMetrics.errors.name}{source="${kind}"}[10m])))\`.`,
        `Spans and log lines of the ${kind} with the outcome \`failure\`.`,
        'Alerts on the event store, pools and circuit breakers: a dependency that is down fails every call.',
      ],
      act: [
        'Roll the last deployment back if the errors began with it.',
        'Restore the dependency that the error types name.',
        'If the error is a business rule, register it in the option `rejections`.',
      ],
    },
    firing: ({ ratio, calls }) =>
      ratioFires({ part: series(failed.name), whole: series(finished.name), ratio, calls }),
    // All of them fail, and they are few.
    quiet: ({ calls }) => fewCalls(calls, series(finished.name), series(failed.name)),
    drill: `Most ${plural} lose their connection to the database.`,
  });
}

/** Returns the alert on the latency of a kind of calls. */
export function latencyAlert({ kind, plural, label, handler, metrics }: CallAlerts) {
  const { duration } = metrics;
  const observed = (from: number, to: number, calls: number) =>
    observations(duration.name, `${label}="${handler}",outcome="success"`, { from, to, calls });
  return alert({
    severity: 'warning',
    for: '10m',
    keepFiringFor: '5m',
    parameters: {
      seconds: { unit: 'seconds', default: 1, description: '95th percentile of the duration' },
      calls: minimumCalls,
    },
    expr: ({ seconds, calls }, { by }) =>
      p95Above({
        histogram: duration.name,
        matching: '{outcome!="rejected"}',
        by,
        label,
        above: seconds,
        calls,
      }),
    labels: ['job', label],
    summary: `${of(label)} is slow`,
    description: `One of 20 ${plural} {{ $labels.${label} }} takes longer than {{ $value | humanizeDuration }}; the limit is {seconds}.`,
    runbook: {
      means:
        'The 95th percentile of the duration, retries included, has been above {seconds} for ten minutes. Rejections are left out: they are fast.',
      impact: 'Users wait, and callers with a time limit give up.',
      look: [
        `The slowest spans of the ${kind}: exemplars on the latency panel lead to them.`,
        'Event store latency, waiting requests of pools, event loop delay: which of them rose with it?',
      ],
      act: ['Relieve the dependency that is slow.', 'Add instances if the event loop is busy.'],
    },
    firing: ({ seconds, calls }) => observed(seconds, 2.5 * seconds, calls),
    quiet: ({ seconds, calls }) => observed(seconds / 10, seconds / 4, calls),
    drill: `The database answers ${plural} slowly.`,
  });
}

/** Returns the alert on calls that never end. */
export function stuckAlert({ kind, plural, label, handler, metrics }: CallAlerts) {
  const { finished, concurrent } = metrics;
  const series = (name: string) => `${name}{${label}="${handler}"}`;
  return alert({
    severity: 'critical',
    for: '5m',
    keepFiringFor: '5m',
    parameters: {},
    expr: () =>
      `(min_over_time(${concurrent.name}[10m]) > 0)\nand (increase(${finished.name}[10m]) == 0)`,
    labels: ['job', 'instance', label],
    summary: `${of(label)} hangs on {{ $labels.instance }}`,
    description: `At least {{ $value }} ${plural} {{ $labels.${label} }} have been running for ten minutes, and none has ended.`,
    runbook: {
      means: `A ${kind} began, and none of its type has ended for ten minutes, neither with a result nor with an error.`,
      impact:
        'The callers wait without an answer. Each hanging call may hold a connection or a lock.',
      look: [
        'What the handler waits for: a lock in the database, a request without a time limit, a promise that is never settled.',
        'Waiting requests of the connection pools.',
      ],
      act: [
        'Restart the instance to release its callers.',
        'End the blocking session in the database.',
        'Give every call to the outside a time limit.',
      ],
    },
    firing: () => ({ [series(concurrent.name)]: '3x30', [series(finished.name)]: '7x30' }),
    quiet: () => ({ [series(concurrent.name)]: '3x30', [series(finished.name)]: '7+1x30' }),
    drill: `A ${kind} waits for a lock that is not released.`,
  });
}
