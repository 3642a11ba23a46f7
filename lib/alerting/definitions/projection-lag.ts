import { progressMetrics } from '../../metrics/catalogue/projection-progress.js';
import { projectionMetrics } from '../../metrics/catalogue/projections.js';
import { alert, type AlertScope } from '../alert-definition.js';
import { digits, grows } from '../examples.js';

const { processed } = projectionMetrics;
const { lagSeconds, lagEvents, state, headObserved, observationErrors } = progressMetrics;
const label = 'projection_name';
const labels = ['job', label];
const named = 'projection_name="order_summary"';
const series = (name: string, more = '') => `${name}{${named}${more}}`;
const stateIs = (it: string) => series(state.name, `,state="${it}"`);
const of = '{{ $labels.projection_name }} of {{ $labels.job }}';
const late = 'Queries on this projection show old data.';

/** A projection that is meant to lag. */
const unlessStates = ({ by, on }: AlertScope, states: string) =>
  `unless ${on(label)} (max ${by(label)} (${state.name}{state=~"${states}"}) == 1)`;

/** Alerts on the lag of projections. A projection that rebuilds or is paused lags as it should. */
export const projectionLagAlerts = {
  ProjectionLagHigh: alert({
    severity: 'warning',
    for: '2m',
    keepFiringFor: '5m',
    parameters: {
      seconds: {
        unit: 'seconds',
        default: 60,
        description: 'age of the oldest event that is not applied',
      },
    },
    expr: ({ seconds }, scope) =>
      `(max ${scope.by(label)} (min_over_time(${lagSeconds.name}[5m])) > ${seconds})\n` +
      unlessStates(scope, 'rebuilding|paused'),
    labels,
    summary: `${of} is behind`,
    description:
      'The oldest event that it has not applied is {{ $value | humanizeDuration }} old; the limit is {seconds}.',
    runbook: {
      means:
        'The lag of a projection has not been below {seconds} for minutes. Rebuilds and pauses are left out.',
      impact: late,
      look: [
        `Does it advance? \`rate(${processed.name}[5m])\` against the rate of new events.`,
        'The duration of its handler; locks on its tables.',
        'Errors of the projection.',
      ],
      act: [
        'Handle events in batches, or give the projection a process of its own.',
        'Correct the handler that fails.',
      ],
    },
    firing: ({ seconds }) => ({
      [series(lagSeconds.name)]: grows(seconds / 2),
      [stateIs('rebuilding')]: '0x30',
    }),
    quiet: ({ seconds }) => ({
      [series(lagSeconds.name)]: grows(seconds / 2),
      [stateIs('rebuilding')]: '1x30',
    }),
    drill: 'The handler is slower than new events arrive.',
  }),
  ProjectionLagGrowing: alert({
    severity: 'warning',
    for: '10m',
    keepFiringFor: '5m',
    parameters: {
      events: { unit: 'count', default: 1_000, description: 'events that are not applied' },
    },
    expr: ({ events }, scope) =>
      `(max ${scope.by(label)} (min_over_time(${lagEvents.name}[5m])) > ${events}\n` +
      `  and max ${scope.by(label)} (deriv(${lagEvents.name}[15m])) > 0)\n` +
      unlessStates(scope, 'rebuilding|paused'),
    labels,
    summary: `${of} falls further behind`,
    description:
      '{{ $value | humanize }} events are not applied, and their number grows; the limit is {events}.',
    runbook: {
      means:
        'More than {events} events are not applied, and for ten minutes their number has been growing: new events arrive faster than the projection handles them.',
      impact: `${late} It does not catch up by itself while the load lasts.`,
      look: [
        'The rate of new events: is it unusual?',
        'The duration of the handler: has it risen?',
      ],
      act: [
        'Handle events in batches.',
        'Divide the projection, or give it a process of its own.',
        'Slow down the import that writes the events.',
      ],
    },
    firing: ({ events }) => ({ [series(lagEvents.name)]: grows(Math.max(1, events / 5)) }),
    quiet: ({ events }) => {
      const fewer = Math.max(1, events / 5);
      return { [series(lagEvents.name)]: `${digits(30 * fewer)}-${digits(fewer)}x30` };
    },
    drill: 'The handler is slower than new events arrive.',
  }),
  ProjectionStalled: alert({
    severity: 'critical',
    for: '2m',
    keepFiringFor: '5m',
    parameters: {},
    expr: (_, scope) =>
      `(max ${scope.by(label)} (min_over_time(${lagSeconds.name}[10m])) > 0\n` +
      `  and sum ${scope.by(label)} (increase(${processed.name}[10m])) == 0)\n` +
      unlessStates(scope, 'rebuilding|paused|faulted'),
    labels,
    summary: `${of} stands still`,
    description:
      'Events wait, and the projection has applied none for ten minutes. The oldest is {{ $value | humanizeDuration }} old.',
    runbook: {
      means:
        'There have been events to apply for ten minutes, and the projection has applied none. It is neither paused nor faulted: its loop hangs, has ended, or fails again and again.',
      impact: late,
      look: [
        'Log lines of the loop.',
        'A lock that its transaction waits for.',
        'The lease: does a process hold it that does not work?',
      ],
      act: ['Restart the process that runs the projection.', 'End the blocking session.'],
    },
    firing: () => ({
      [series(lagSeconds.name)]: '0x5 1+60x25',
      [series(processed.name, ',mode="live"')]: '0+5x5 25x25',
    }),
    quiet: () => ({
      [series(lagSeconds.name)]: '1+60x30',
      [series(processed.name, ',mode="live"')]: '0+5x30',
    }),
    drill: 'A lock keeps the projection from its table.',
  }),
  ProjectionHeadUnreadable: alert({
    severity: 'warning',
    for: '1m',
    keepFiringFor: '5m',
    parameters: {
      seconds: { unit: 'seconds', default: 60, description: 'time since the head was last read' },
      errors: { unit: 'count', default: 5, description: 'failed reads within five minutes' },
    },
    expr: ({ seconds, errors }, { by }) =>
      `(time() - max ${by(label)} (${headObserved.name}) > ${seconds})\n` +
      `or (sum ${by(label)} (increase(${observationErrors.name}[5m])) >= ${errors})`,
    labels,
    summary: `The lag of ${of} cannot be measured`,
    description: 'Reads of its head or checkpoint fail: nobody would notice a lag.',
    runbook: {
      means:
        'The head of a projection was last read more than {seconds} ago, or at least {errors} reads failed within five minutes.',
      impact: 'The projection may work. Its lag is unknown, and the alerts on it cannot fire.',
      look: [
        '`/health`: the reason of the degraded projection.',
        'Faults of the component `projection_sources` in `diagnose()`.',
        'The database or broker of the events.',
      ],
      act: ['Restore the source; the lag appears with its next answer.'],
    },
    firing: ({ errors }) => ({ [series(observationErrors.name)]: grows(errors + 1) }),
    quiet: ({ errors }) => {
      if (errors === 0) return undefined;
      const failed = errors > 2 ? '0x10 1x20' : '0x30';
      return { [series(observationErrors.name)]: failed, [stateIs('live')]: '1x30' };
    },
    drill: 'The head reader fails.',
  }),
  ProjectionLagUnknown: alert({
    severity: 'info',
    for: '15m',
    parameters: {},
    expr: (_, { by, on }) =>
      `(max ${by(label)} (${state.name}{state="live"}) == 1)\n` +
      `unless ${on(label)} (max ${by(label)} (last_over_time(${lagSeconds.name}[5m])))`,
    labels,
    summary: `The lag of ${of} is unknown`,
    description: 'The projection is live and has no lag: it has no head source, or its reads fail.',
    runbook: {
      means:
        'A projection works and its lag is not known, because it has no head source, or because its reads fail.',
      impact: 'None now. If it falls behind, no alert says so.',
      look: ['`npx observability why eventcore_projection_lag_seconds`'],
      act: ['Pass `head` to `@Projection`, or set `projections.head`.'],
    },
    firing: () => ({ [stateIs('live')]: '1x30' }),
    quiet: () => ({ [stateIs('live')]: '1x30', [series(lagSeconds.name)]: '0x20 _ 0x9' }),
    drill: 'The head reader fails.',
  }),
} as const;
