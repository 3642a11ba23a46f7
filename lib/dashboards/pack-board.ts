import type { MetricDefinition } from '../metrics/definition/metric-definition.js';
import type { Board, BoardPanel, BoardRow, PanelUnit } from './board.js';
import { graph } from './panels.js';
import { quantile, rateBy, series } from './queries.js';

/** Metrics that share a row: the `definition` of a metric pack. */
export interface PackRow {
  /** Name of the pack, from which the heading is made. */
  readonly name: string;
  /** Metrics by the name of their member, from which the titles of the panels are made. */
  readonly metrics: Readonly<Record<string, MetricDefinition>>;
}

const WIDTH = 12;

/**
 * Returns a board with a row for each metric pack and a panel for each of its metrics: rates of counters, values of gauges,
 * 95th percentiles of histograms, each by all labels.
 *
 * @example
 * ```ts
 * import { grafanaDashboard, packBoard } from '@eventcore/nestjs-observability/dashboards';
 * import { defineMetricPack } from '@eventcore/nestjs-observability/packs';
 *
 * class Checkout extends defineMetricPack({
 *   name: 'checkout',
 *   metrics: { paid: { name: 'shop_paid_total', type: 'counter', help: 'Paid carts.' } },
 * }) {}
 *
 * export const dashboard = grafanaDashboard(packBoard([Checkout.definition]));
 * ```
 */
export function packBoard(packs: readonly PackRow[]): Board {
  return {
    id: 'metric-packs',
    title: 'Metric packs',
    description: 'Metrics that the application defines, with a row for each pack.',
    rows: packs.map(rowOf),
  };
}

function rowOf({ name, metrics }: PackRow): BoardRow {
  const panels = Object.entries(metrics).map(([member, it]) => panelOf(member, it));
  return { title: inWords(name), panels };
}

function panelOf(member: string, metric: MetricDefinition): BoardPanel {
  const { type, help, labels = [], aggregation } = metric;
  const by = labels.join(', ');
  const legend = labels.map((it) => `{{${it}}}`).join(' ') || member;
  const { unit, query } = {
    counter: () => ({ unit: rateUnit(metric), query: rateBy(by, metric) }),
    gauge: () => ({ unit: unitOf(metric), query: aggregated(aggregation, by, series(metric)) }),
    histogram: () => ({ unit: unitOf(metric), query: quantile(0.95, [by, metric]) }),
  }[type]();
  const details = { unit, width: WIDTH };
  const question = type === 'histogram' ? 'What do 95 % not exceed?' : 'How does it change?';
  return graph(`${inWords(member)}: ${question} ${help}`, details, { [legend]: query });
}

function unitOf({ unit }: MetricDefinition): PanelUnit {
  return unit === 'seconds' || unit === 'bytes' || unit === 'ratio' ? unit : 'count';
}

/** Seconds per second are a share. */
function rateUnit({ unit }: MetricDefinition): PanelUnit {
  if (unit === 'seconds') return 'ratio';
  return unit === 'bytes' ? 'bytes per second' : 'per second';
}

/** The last of several values cannot be told in PromQL: the largest stands for it. */
function aggregated(
  aggregation: MetricDefinition['aggregation'] = 'sum',
  by: string,
  vector: string,
): string {
  const operator = aggregation === 'last' ? 'max' : aggregation;
  return by === '' ? `${operator}(${vector})` : `${operator} by (${by}) (${vector})`;
}

/** Returns a name in kebab or camel case as a heading. */
function inWords(name: string): string {
  const words = name.replaceAll(/[-_]|(?=[A-Z])/g, ' ').toLowerCase();
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}
