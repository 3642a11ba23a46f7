import { commandMetrics } from '../metrics/catalogue/commands.js';
import { httpMetrics } from '../metrics/catalogue/http.js';
import { queryMetrics } from '../metrics/catalogue/queries.js';
import { durationBuckets } from '../metrics/definition/metric-definition.js';
import type { AlertExample, AlertScope } from './alert-definition.js';

/** Service level objective over 30 days. */
export interface SloOptions {
  /** Label `slo`: lower-case letters, digits, `-` and `_`. */
  readonly name: string;
  /** `availability`: calls that do not fail; `latency`: calls that end within a threshold. */
  readonly kind: 'availability' | 'latency';
  /** Calls that it is about. @defaultValue 'command' */
  readonly source?: 'command' | 'query' | 'http';
  /** Name of the command, query or endpoint. @defaultValue all of them */
  readonly handler?: string;
  /** Share of good calls in percent, 50 or more, up to 99.9999, such as 99.9. */
  readonly objective: number;
  /** Latency only: longest duration of a good call in seconds, a bound of the histogram's buckets. @defaultValue none */
  readonly thresholdSeconds?: number;
  /** Bounds in seconds of a handler that has buckets of its own. @defaultValue the default buckets */
  readonly buckets?: readonly number[];
}

/** Recording rule of Prometheus. */
export interface RecordingRule {
  /** Name of the recorded series. */
  readonly record: string;
  /** PromQL. */
  readonly expr: string;
  /** Label `slo`. */
  readonly labels: Readonly<Record<string, string>>;
}

const RATIO_WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'];
const VOLUME_WINDOWS = ['1h', '1d'];

/** Names of the series that the recording rules of objectives make. */
export const recorded = {
  errors: (window: string) => `eventcore:slo_errors:ratio_rate${window}`,
  calls: (window: string) => `eventcore:slo_calls:increase${window}`,
  objective: 'eventcore:slo_objective:ratio',
  budget: 'eventcore:slo_error_budget:remaining_ratio',
} as const;

const sources = {
  command: {
    metrics: commandMetrics,
    label: 'command_type',
    answered: 'outcome!="rejected"',
    example: 'PlaceOrder',
  },
  query: {
    metrics: queryMetrics,
    label: 'query_type',
    answered: 'outcome!="rejected"',
    example: 'GetOrder',
  },
} as const;

interface SloSeries {
  /** Selector of a counter of all calls. */
  readonly all: string;
  /** Returns PromQL for the number of bad calls under a function of a window, such as `rate`. */
  bad(sum: (selector: string) => string): string;
}

/** Returns the bounds that a threshold may have. */
export function boundsOf({ buckets = durationBuckets }: Pick<SloOptions, 'buckets'>) {
  return buckets;
}

/** Returns the recording rules of an objective. */
export function sloRules(slo: SloOptions, { by }: Pick<AlertScope, 'by'>): RecordingRule[] {
  const { all, bad } = seriesOf(slo);
  const rated = (window: string) => (it: string) => `sum ${by()} (rate(${it}[${window}]))`;
  const ratio = (window: string) =>
    // Without a call there is no ratio: NaN would stay in the average of 30 days.
    `(${bad(rated(window))}) / (${rated(window)(all)} > 0)`;
  const own = (record: string) => `${record}{slo="${slo.name}"}`;
  const objective = slo.objective / 100;
  const budget = `(1 - avg_over_time(${own(recorded.errors('5m'))}[30d]) / ${budgetOf(slo)})`;
  const rules: (readonly [record: string, expr: string])[] = [
    ...RATIO_WINDOWS.map((it) => [recorded.errors(it), ratio(it)] as const),
    ...VOLUME_WINDOWS.map(
      (it) => [recorded.calls(it), `sum ${by()} (increase(${all}[${it}]))`] as const,
    ),
    [recorded.objective, `${own(recorded.errors('3d'))} * 0 + ${round(objective)}`],
    [recorded.budget, budget],
  ];
  return rules.map(([record, expr]) => ({ record, expr, labels: { slo: slo.name } }));
}

function seriesOf(slo: SloOptions): SloSeries {
  const { source = 'command', handler, kind, thresholdSeconds = 0 } = slo;
  const label = source === 'http' ? 'endpoint' : sources[source].label;
  const ofHandler = handler === undefined ? [] : [`${label}=${JSON.stringify(handler)}`];
  const select = (name: string, ...more: readonly string[]) => {
    const matchers = [...ofHandler, ...more].join(',');
    return matchers === '' ? name : `${name}{${matchers}}`;
  };
  const { duration } = source === 'http' ? httpMetrics : sources[source].metrics;
  if (kind === 'latency') {
    const answered = source === 'http' ? [] : [sources[source].answered];
    const all = select(`${duration.name}_count`, ...answered);
    const good = select(`${duration.name}_bucket`, ...answered, boundMatcher(thresholdSeconds));
    return { all, bad: (sum) => `${sum(all)} - ${sum(good)}` };
  }
  if (source === 'http') {
    const { name } = httpMetrics.requests;
    const all = select(name);
    // An endpoint that has never failed has no such series.
    return { all, bad: (sum) => `${sum(select(name, 'status=~"5.."'))} or 0 * ${sum(all)}` };
  }
  const { finished, failed } = sources[source].metrics;
  return { all: select(finished.name), bad: (sum) => sum(select(failed.name)) };
}

/** OpenMetrics writes a whole bound as `1.0`, the text format as `1`. */
function boundMatcher(seconds: number): string {
  return Number.isInteger(seconds) ? `le=~"${seconds}|${seconds}[.]0"` : `le="${seconds}"`;
}

/** Calls a minute of an example: enough for a share of a small budget. */
const CALLS = 1_000;

/** Returns the share of bad calls that an objective allows. */
export function budgetOf({ objective }: Pick<SloOptions, 'objective'>): number {
  return round(1 - objective / 100);
}

/**
 * Returns the series of an objective with a constant share of bad calls.
 *
 * @param least - Calls a minute, at the least.
 */
export function sloExample(slo: SloOptions, badShare: number, least = 0): AlertExample {
  const { source = 'command', handler, kind, thresholdSeconds = 0 } = slo;
  const all = Math.ceil(Math.max(least, CALLS / budgetOf(slo)));
  const bad = Math.min(all, Math.round(all * badShare));
  const of = (name: string, more = '') => {
    const labels =
      source === 'http'
        ? `method="GET",endpoint=${JSON.stringify(handler ?? '/orders')}`
        : `${sources[source].label}=${JSON.stringify(handler ?? sources[source].example)}`;
    return `${name}{${labels}${more}}`;
  };
  const grows = (count: number) => `0+${count}x30`;
  if (kind === 'latency') {
    const { name } = (source === 'http' ? httpMetrics : sources[source].metrics).duration;
    const outcome = source === 'http' ? '' : ',outcome="success"';
    return {
      [of(`${name}_bucket`, `${outcome},le="${thresholdSeconds}"`)]: grows(all - bad),
      [of(`${name}_bucket`, `${outcome},le="+Inf"`)]: grows(all),
      [of(`${name}_count`, outcome)]: grows(all),
    };
  }
  if (source === 'http') {
    const { name } = httpMetrics.requests;
    return {
      [of(name, ',status="200"')]: grows(all - bad),
      [of(name, ',status="503"')]: grows(bad),
    };
  }
  const { finished, failed } = sources[source].metrics;
  return { [of(finished.name)]: grows(all), [of(failed.name)]: grows(bad) };
}

/** Removes the noise of binary fractions, such as 0.0010000000000000009. */
function round(value: number): number {
  return Number(value.toPrecision(12));
}
