import type { CatalogueMetric } from '../metrics/catalogue/catalogue-metric.js';
import type { PanelState } from './board.js';
import { foreignMetrics } from './foreign-metrics.js';

type Named = Pick<CatalogueMetric, 'name'>;

/** Matchers that all series of a board share; the format replaces it. */
export const SCOPE = '$scope';

/** Returns the selector of a metric within the scope of the board. */
export function series({ name }: Named, matchers?: string): string {
  return `${name}{${matchers === undefined ? SCOPE : `${SCOPE}, ${matchers}`}}`;
}

/** Returns the events per second of a counter. */
function rate(metric: Named, matchers?: string): string {
  return `rate(${series(metric, matchers)}[$__rate_interval])`;
}

/** Returns the events per second of a counter, summed by labels; over everything without labels. */
export function rateBy(labels: string, metric: Named, matchers?: string): string {
  return sumBy(labels, rate(metric, matchers));
}

/** Returns the events of a counter in the range of the board, summed by labels. */
export function countBy(labels: string, metric: Named, matchers?: string): string {
  return sumBy(labels, `increase(${series(metric, matchers)}[$__range])`);
}

/** Returns the sum of a vector by labels; over everything without labels. */
export function sumBy(labels: string, vector: string): string {
  return labels === '' ? `sum(${vector})` : `sum by (${labels}) (${vector})`;
}

/**
 * Returns the share of one rate in another. Without calls there is no share, and a counter that has not begun counts
 * as 0.
 */
export function share(part: string, whole: string): string {
  return `(${part} or 0 * ${whole}) / (${whole} > 0)`;
}

/** Returns a quantile of a histogram by labels. */
export function quantile(
  q: number,
  [labels, metric, matchers]: readonly [
    labels: string,
    metric: Named,
    matchers?: string | undefined,
  ],
): string {
  const buckets = rate({ name: `${metric.name}_bucket` }, matchers);
  return `histogram_quantile(${q}, ${sumBy(labels === '' ? 'le' : `le, ${labels}`, buckets)})`;
}

/** Returns the queries of the 50th, 95th and 99th percentile of a histogram, by legend. */
export function quantiles(metric: Named, matchers?: string): Record<string, string> {
  const of = ['', metric, matchers] as const;
  return { p50: quantile(0.5, of), p95: quantile(0.95, of), p99: quantile(0.99, of) };
}

/** Returns the mean of a histogram by labels; absent without observations. */
export function mean(labels: string, { name }: Named, matchers?: string): string {
  const [sum, count] = [`${name}_sum`, `${name}_count`].map((it) =>
    rateBy(labels, { name: it }, matchers),
  );
  return `${sum} / (${count} > 0)`;
}

/** Returns the observations by bucket, for a heatmap. */
export function heat({ name }: Named, matchers?: string): string {
  return `sum by (le) (increase(${series({ name: `${name}_bucket` }, matchers)}[$__rate_interval]))`;
}

/** Series of the alerts that fire. Alerts may have no `instance`, and have no labels of a selector. */
export const firingAlerts = `${foreignMetrics.alerts.name}{alertstate="firing", job=~"$job"}`;

/** Colours of outcomes by legend `{{outcome}}`. */
export const outcomeColors = {
  green: ['success'],
  yellow: ['rejected'],
  red: ['failure'],
} as const;

/** States of a circuit breaker. */
export const breakerStates: readonly PanelState[] = [
  { value: 0, text: 'closed', color: 'green' },
  { value: 0.5, text: 'half-open', color: 'yellow' },
  { value: 1, text: 'open', color: 'red' },
];

/** Results of a health check. */
export const healthStates: readonly PanelState[] = [
  { value: 1, text: 'ok', color: 'green' },
  { value: 0.5, text: 'degraded', color: 'yellow' },
  { value: 0, text: 'down', color: 'red' },
];
