import { eventStoreMetrics } from '../../metrics/catalogue/event-store.js';
import { alert } from '../alert-definition.js';
import { enough, fewCalls, grows, observations, ratioFires, ratioOver } from '../examples.js';
import { minimumCalls, p95Above } from '../expressions.js';

const { operations, latency, conflicts, written } = eventStoreMetrics;
const failures = `${operations.name}{outcome="failure"}`;
const observed = (from: number, to: number, calls: number) =>
  observations(latency.name, 'operation="append",outcome="success"', { from, to, calls });
const appended = (outcome: string) => `${operations.name}{operation="append",outcome="${outcome}"}`;
const conflict = `${conflicts.name}{stream_category="order"}`;
const appends = `${written.name}{stream_category="order"}`;
const of = '{{ $labels.job }}';

/** Alerts on event stores. */
export const eventStoreAlerts = {
  EventStoreErrorRateHigh: alert({
    severity: 'critical',
    for: '5m',
    keepFiringFor: '10m',
    parameters: {
      ratio: { unit: 'ratio', default: 0.05, description: 'failed operations per finished one' },
      calls: minimumCalls,
    },
    // A version conflict is a failure that the store intends.
    expr: ({ ratio, calls }, { by }) =>
      `((sum ${by()} (rate(${failures}[5m])) - (sum ${by()} (rate(${conflicts.name}[5m])) or 0 * sum ${by()} (rate(${operations.name}[5m]))))\n` +
      `  / sum ${by()} (rate(${operations.name}[5m])) > ${ratio})\n` +
      `and (sum ${by()} (increase(${operations.name}[5m])) >= ${calls})`,
    labels: ['job'],
    summary: `The event store of ${of} fails`,
    description:
      '{{ $value | humanizePercentage }} of the operations fail, version conflicts left out; the limit is {ratio}.',
    runbook: {
      means:
        'More than {ratio} of the event store operations have failed for five minutes. Version conflicts are not counted.',
      impact: 'Commands fail, and projections stop where reads fail.',
      look: [
        `The operation: \`sum by (operation) (rate(${failures}[5m]))\`.`,
        'The database: is it up, full, read-only, out of connections?',
        'Spans `event_store <operation>` with an error.',
      ],
      act: ['Restore the database.', 'Roll back a migration of the store.'],
    },
    firing: ({ ratio, calls }) =>
      ratioFires({ part: appended('failure'), rest: appended('success'), ratio, calls }),
    quiet: ({ ratio, calls }) => {
      const fires = ratioFires({
        part: appended('failure'),
        rest: appended('success'),
        ratio,
        calls,
      });
      const intended = fires?.[appended('failure')];
      return intended === undefined ? undefined : { ...fires, [conflict]: intended };
    },
    drill: 'The database is stopped.',
  }),
  EventStoreLatencyHigh: alert({
    severity: 'warning',
    for: '10m',
    keepFiringFor: '5m',
    parameters: {
      seconds: { unit: 'seconds', default: 0.5, description: '95th percentile of the duration' },
      calls: minimumCalls,
    },
    expr: ({ seconds, calls }, { by }) =>
      p95Above({ histogram: latency.name, by, label: 'operation', above: seconds, calls }),
    labels: ['job', 'operation'],
    summary: `The event store of ${of} is slow: {{ $labels.operation }}`,
    description:
      'One of 20 operations {{ $labels.operation }} takes longer than {{ $value | humanizeDuration }}; the limit is {seconds}.',
    runbook: {
      means: 'The 95th percentile of one operation has been above {seconds} for ten minutes.',
      impact: 'Every command and projection on the store slows down.',
      look: [
        'Locks, long transactions and disk latency of the database.',
        'Stream lengths: a command that folds a very long stream reads all of it.',
      ],
      act: [
        'End blocking sessions.',
        'Add the index or the snapshot that the slow operation lacks.',
      ],
    },
    firing: ({ seconds, calls }) => observed(seconds, 2 * seconds, calls),
    quiet: ({ seconds, calls }) => observed(seconds / 50, seconds / 20, calls),
    drill: 'The database answers slowly.',
  }),
  EventStoreConflictsHigh: alert({
    severity: 'warning',
    for: '10m',
    keepFiringFor: '5m',
    parameters: {
      ratio: { unit: 'ratio', default: 0.3, description: 'conflicts per attempted append' },
      calls: {
        unit: 'count',
        default: 20,
        description: 'conflicts within five minutes from which on the alert judges',
      },
    },
    expr: ({ ratio, calls }, { by }) => {
      const rate = (name: string) => `sum ${by('stream_category')} (rate(${name}[5m]))`;
      return (
        `(${rate(conflicts.name)} / (${rate(conflicts.name)} + ${rate(written.name)}) > ${ratio})\n` +
        `and (sum ${by('stream_category')} (increase(${conflicts.name}[5m])) >= ${calls})`
      );
    },
    labels: ['job', 'stream_category'],
    summary: 'Many version conflicts in {{ $labels.stream_category }} streams of {{ $labels.job }}',
    description:
      '{{ $value | humanizePercentage }} of the appends meet a version conflict; the limit is {ratio}.',
    runbook: {
      means:
        'More than {ratio} of the appends to streams of one category met another version than they expected.',
      impact: 'Commands are retried or fail, and latency rises.',
      look: [
        'The streams that many commands write at once: spans with the error type of the conflict.',
        'Clients that send one command several times.',
      ],
      act: [
        'Split the stream, or let one writer at a time handle it.',
        'Remove the duplicates at the client.',
      ],
    },
    firing: ({ ratio, calls }) => {
      const share = ratioOver(ratio);
      const met = enough(calls);
      return share === undefined
        ? undefined
        : { [conflict]: grows(met, 1), [appends]: grows(met / share - met) };
    },
    quiet: ({ calls }) => fewCalls(calls, conflict, appends),
    drill: 'Several writers append to one stream at once.',
  }),
} as const;
