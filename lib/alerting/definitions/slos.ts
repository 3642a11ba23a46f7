import { alert } from '../alert-definition.js';
import { recorded, sloExample, type SloOptions } from '../slo-rules.js';

const orders: SloOptions = {
  name: 'orders',
  kind: 'availability',
  objective: 99.9,
  handler: 'PlaceOrder',
};

/** Speeds at which the budget is used while an alert fires, and while it stays quiet. */
export const exampleSpeeds = {
  ErrorBudgetBurnFast: { least: 6, firing: 20, quiet: 4 },
  ErrorBudgetBurnSlow: { least: 1, firing: 2, quiet: 0.5 },
} as const;
const used = (speed: number) => sloExample(orders, speed * 0.001);

interface BurnWindows {
  readonly long: string;
  readonly short: string;
  /** Speed at which the budget is used; at 1 it lasts for 30 days. */
  readonly factor: number;
}

/** The budget burns in both windows: in the long one, so that it matters, and in the short one, so that it still does. */
function burns({ long, short, factor }: BurnWindows): string {
  const above = (window: string) =>
    `${recorded.errors(window)} > ${factor} * (1 - ${recorded.objective})`;
  return `((${above(long)}) and (${above(short)}))`;
}

const calls = {
  unit: 'count',
  default: 20,
  description: 'calls within the volume window from which on the alert judges',
} as const;
const of = '{{ $labels.slo }} of {{ $labels.job }}';
const look = [
  '`eventcore:slo_errors:ratio_rate5m` by `slo`: does it go on?',
  'The alerts on the handler: error rate and latency.',
  'The last deployment.',
];

/** Alerts on service level objectives; they are exported with the objectives. */
export const sloAlerts = {
  ErrorBudgetBurnFast: alert({
    severity: 'critical',
    keepFiringFor: '5m',
    parameters: { calls },
    expr: ({ calls: least }) =>
      `(${burns({ long: '1h', short: '5m', factor: 14.4 })}\n` +
      `  or ${burns({ long: '6h', short: '30m', factor: 6 })})\n` +
      `and (${recorded.calls('1h')} >= ${least})`,
    labels: ['job', 'slo'],
    summary: `The error budget of ${of} burns fast`,
    description:
      '{{ $value | humanizePercentage }} of the calls miss the objective. At this speed the budget of 30 days is gone within days.',
    runbook: {
      means:
        'Two percent of the budget of 30 days went within an hour (14.4 times the allowed speed), or five percent within six hours (6 times), and it goes on.',
      impact: 'Many calls fail or are too slow. The objective will be missed within days.',
      look,
      act: [
        'Act as for the error rate or latency of the handler.',
        'Stop deployments until it ends.',
      ],
    },
    firing: () => used(exampleSpeeds.ErrorBudgetBurnFast.firing),
    quiet: () => used(exampleSpeeds.ErrorBudgetBurnFast.quiet),
    drill: 'Most commands lose their connection to the database.',
  }),
  ErrorBudgetBurnSlow: alert({
    severity: 'warning',
    for: '15m',
    keepFiringFor: '15m',
    parameters: { calls },
    expr: ({ calls: least }) =>
      `(${burns({ long: '1d', short: '2h', factor: 3 })}\n` +
      `  or ${burns({ long: '3d', short: '6h', factor: 1 })})\n` +
      `and (${recorded.calls('1d')} >= ${least})`,
    labels: ['job', 'slo'],
    summary: `The error budget of ${of} will not last`,
    description:
      '{{ $value | humanizePercentage }} of the calls miss the objective, more than it allows over 30 days.',
    runbook: {
      means:
        'Ten percent of the budget of 30 days went within a day (3 times the allowed speed), or within three days (1 times), and it goes on.',
      impact: 'A few calls fail or are too slow, for days.',
      look,
      act: [
        'Open a ticket: this is work for the day.',
        'If the objective is too strict, change it with those who depend on it.',
      ],
    },
    firing: () => used(exampleSpeeds.ErrorBudgetBurnSlow.firing),
    quiet: () => used(exampleSpeeds.ErrorBudgetBurnSlow.quiet),
    drill: 'A few commands lose their connection to the database.',
  }),
} as const;
