import { progressMetrics } from '../../metrics/catalogue/projection-progress.js';
import { projectionMetrics } from '../../metrics/catalogue/projections.js';
import { alert, type AlertScope } from '../alert-definition.js';
import { digits, enough, fewCalls, grows, observations, ratioOver, stays } from '../examples.js';
import { increasedAbove } from '../expressions.js';

const { processed, failed, deadLettered, latency } = projectionMetrics;
const { state, rebuildRemaining } = progressMetrics;
const label = 'projection_name';
const labels = ['job', label];
const named = 'projection_name="order_summary"';
const stateIs = (it: string) => `${state.name}{${named},state="${it}"}`;
const failing = `${failed.name}{${named}}`;
const applied = `${processed.name}{${named},mode="live"}`;
const remaining = `${rebuildRemaining.name}{${named}}`;
const liveOn = (instance: string) => `${state.name}{${named},state="live",instance="${instance}"}`;
/** The series count, whatever their values are. */
const liveIn = (processes: number) =>
  Object.fromEntries(
    Array.from({ length: processes }, (_, i) => [liveOn(`a:${i}`), `${i % 2}x30`]),
  );
const of = '{{ $labels.projection_name }} of {{ $labels.job }}';
const errors = 'Spans and log lines of the projection with the outcome `failure`.';
const poison =
  'An event that the handler cannot apply: its position is that of the checkpoint plus one.';

/** Alerts on what projections do. Alerts on their lag are apart. */
export const projectionAlerts = {
  ProjectionFaulted: alert({
    severity: 'critical',
    for: '1m',
    keepFiringFor: '10m',
    parameters: {},
    expr: (_, { by }) => `max ${by(label)} (${state.name}{state="faulted"}) == 1`,
    labels,
    summary: `${of} has given up`,
    description:
      'The projection is faulted: its handler gave up, or its checkpoint lies beyond the end of the log.',
    runbook: {
      means:
        'The handler of a projection failed for good, or the checkpoint is beyond the end of the event log, as after a restored backup.',
      impact: 'Queries on this projection show old data until it runs again.',
      look: [errors, poison, '`/health`: it says why the projection is faulted.'],
      act: [
        'Correct the handler and deploy it, or dead-letter the event.',
        'After a restored backup, rebuild the projection.',
      ],
    },
    firing: () => ({ [stateIs('faulted')]: '1x30', [stateIs('live')]: '0x30' }),
    quiet: () => ({ [stateIs('faulted')]: '0x10 1 0x19', [stateIs('live')]: '1x10 0 1x19' }),
    drill: 'The handler throws and does not try again.',
  }),
  ProjectionErrorRateHigh: alert({
    severity: 'warning',
    for: '5m',
    keepFiringFor: '5m',
    parameters: {
      ratio: { unit: 'ratio', default: 0.05, description: 'failed handlings per event' },
      errors: {
        unit: 'count',
        default: 10,
        description: 'failures within five minutes from which on the alert judges',
      },
    },
    expr: ({ ratio, errors: least }, { by }) => {
      const rate = (name: string) => `sum ${by(label)} (rate(${name}[5m]))`;
      return (
        `(${rate(failed.name)} / (${rate(failed.name)} + ${rate(processed.name)}) > ${ratio})\n` +
        `and (sum ${by(label)} (increase(${failed.name}[5m])) >= ${least})`
      );
    },
    labels,
    summary: `${of} fails often`,
    description:
      '{{ $value | humanizePercentage }} of the event handlings fail; the limit is {ratio}.',
    runbook: {
      means:
        'More than {ratio} of the event handlings of a projection have failed for five minutes, at {errors} failures or more.',
      impact: 'The projection advances slowly, or skips events if its loop does so.',
      look: [errors, poison],
      act: ['Correct the handler.', 'Restore the database of the projection.'],
    },
    firing: ({ ratio, errors: least }) => {
      const share = ratioOver(ratio);
      const failures = enough(least);
      return share === undefined
        ? undefined
        : { [failing]: grows(failures), [applied]: grows(failures / share - failures) };
    },
    quiet: ({ errors: least }) => fewCalls(least, failing, applied),
    drill: 'The handler fails for every second event.',
  }),
  ProjectionDeadLettering: alert({
    severity: 'warning',
    keepFiringFor: '5m',
    parameters: {
      events: {
        unit: 'count',
        default: 0,
        description: 'dead-lettered events within ten minutes that are tolerated',
      },
    },
    expr: ({ events }, { by }) => increasedAbove(deadLettered.name, by(label), events),
    labels,
    summary: `${of} puts events aside`,
    description:
      'About {{ $value | humanize }} events were dead-lettered within ten minutes; {events} are tolerated.',
    runbook: {
      means: 'The projection gave events up and put them into its dead-letter store.',
      impact: 'What these events say is missing in the projection until they are replayed.',
      look: ['The dead-letter store: event types and errors.', errors],
      act: ['Correct the handler, then replay the events or rebuild the projection.'],
    },
    firing: ({ events }) => ({
      [`${deadLettered.name}{${named}}`]: `_x25 ${digits(events + 1)}x5`,
    }),
    quiet: () => ({ [`${deadLettered.name}{${named}}`]: '0x30' }),
    drill: 'The handler dead-letters an event.',
  }),
  ProjectionLatencyHigh: alert({
    severity: 'warning',
    for: '10m',
    keepFiringFor: '5m',
    parameters: {
      seconds: {
        unit: 'seconds',
        default: 10,
        description: '95th percentile from recorded to applied',
      },
    },
    expr: ({ seconds }, { by }) =>
      `histogram_quantile(0.95, sum ${by(label, 'le')} (rate(${latency.name}_bucket[5m]))) > ${seconds}`,
    labels,
    summary: `${of} applies events late`,
    description:
      'One of 20 events is applied more than {{ $value | humanizeDuration }} after it was recorded; the limit is {seconds}.',
    runbook: {
      means:
        'The 95th percentile of the time from the recording of an event until it is applied has been above {seconds} for ten minutes. Rebuilds are left out.',
      impact: 'Users do not see their own changes.',
      look: [
        'The duration of the handler, and the size of its batches.',
        'The polling interval of the loop.',
      ],
      act: ['Handle events in batches.', 'Give the projection a process of its own.'],
    },
    firing: ({ seconds }) => observations(latency.name, named, { from: seconds, to: 3 * seconds }),
    quiet: ({ seconds }) =>
      observations(latency.name, named, { from: seconds / 100, to: seconds / 40 }),
    drill: 'The handler waits before each event.',
  }),
  ProjectionOwnedTwice: alert({
    severity: 'warning',
    for: '5m',
    keepFiringFor: '5m',
    parameters: {
      owners: { unit: 'count', default: 1, description: 'processes that may run one projection' },
    },
    expr: ({ owners }, { by }) => `count ${by(label)} (${state.name}{state="live"}) > ${owners}`,
    labels,
    summary: `${of} runs in {{ $value }} processes`,
    description: '{{ $value }} processes publish this projection; {owners} may.',
    runbook: {
      means:
        'More than {owners} processes run the same projection. A projection that is divided into partitions may: set the parameter `owners` to the number of its processes.',
      impact:
        'Events may be applied twice or in the wrong order, unless checkpoint and write are one transaction.',
      look: [
        `The processes: \`${state.name}{state="live"}\` by \`instance\`.`,
        'The lease or lock that selects the owner.',
      ],
      act: [
        'Stop all but one of them.',
        'Pass `owner` to `observe()`, so that a standby publishes nothing.',
      ],
    },
    firing: ({ owners }) => liveIn(Math.floor(owners) + 1),
    quiet: ({ owners }) => {
      if (owners < 1) return undefined;
      // One process takes over from another.
      const [first = '', ...others] = Object.keys(liveIn(Math.floor(owners)));
      const rest = Object.fromEntries(others.map((it) => [it, '1x30']));
      return { ...rest, [first]: '1x10 stale', [liveOn('next')]: '_x9 1x20' };
    },
    drill: 'A second process publishes the projection.',
  }),
  ProjectionOrphaned: alert({
    severity: 'critical',
    for: '2m',
    keepFiringFor: '5m',
    parameters: {},
    expr: (_, { by }: AlertScope) =>
      `(max ${by(label)} (max_over_time(${state.name}{state!="stopped"}[1h])) == 1)\n` +
      `unless (max ${by(label)} (${state.name}))`,
    labels,
    summary: `Nothing runs ${of}`,
    description: 'A process ran this projection within the last hour, and none does now.',
    runbook: {
      means:
        'No process publishes a projection that ran within the last hour. After a deployment that removes a projection the alert ends by itself within an hour.',
      impact: 'Queries on this projection show old data.',
      look: [
        'The processes that should run it: are they up?',
        'The lease: a process that is gone may still hold it.',
      ],
      act: ['Start the projector.', 'Release the lease.'],
    },
    firing: () => ({ [stateIs('live')]: '1x10 _x20' }),
    quiet: () => ({ [stateIs('live')]: '1x10 _ 1x19' }),
    drill: 'The projector is stopped.',
  }),
  ProjectionRebuildSlow: alert({
    severity: 'warning',
    for: '10m',
    keepFiringFor: '5m',
    parameters: {
      seconds: {
        unit: 'seconds',
        default: 14_400,
        description: 'estimated remaining time of a rebuild',
      },
    },
    expr: ({ seconds }, { by }) =>
      `max ${by(label)} (min_over_time(${rebuildRemaining.name}[5m])) > ${seconds}`,
    labels,
    summary: `The rebuild of ${of} takes long`,
    description: 'It needs another {{ $value | humanizeDuration }}; the limit is {seconds}.',
    runbook: {
      means: 'For ten minutes the estimated remaining time of a rebuild has been above {seconds}.',
      impact: 'Queries on the projection are incomplete until it ends.',
      look: [
        `Its course: \`${progressMetrics.rebuildProgress.name}\`.`,
        'Batch size, indexes of the tables, load of the database.',
      ],
      act: ['Rebuild in larger batches, or into a second table while the first one serves.'],
    },
    firing: ({ seconds }) => ({ [remaining]: stays(1.5 * seconds) }),
    quiet: ({ seconds }) => ({
      [remaining]: `${stays(1.5 * seconds, 2)} ${stays(seconds / 24, 28)}`,
    }),
    drill: 'A rebuild of a long log.',
  }),
} as const;
