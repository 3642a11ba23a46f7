import { OTHER } from '../../kernel/label.js';
import type { AnyInstrument } from '../registry.js';

/** Label sets that are looked at: more of them say nothing new, and the event loop waits. */
const LOOKED_AT = 10_000;
const EXAMPLES = 3;

interface FullestLabel {
  readonly label: string;
  /** Values that it has, among the series that were looked at. */
  readonly values: number;
  /** The most recent of them. */
  readonly examples: readonly string[];
}

/** Says why the series of a metric fold into `__other__`, which label is to blame, and what to do. */
export function foldReport(metric: AnyInstrument): string {
  const fullest = fullestLabel(metric);
  return [
    `${metric.definition.name} ${foldReason(metric)}: further label sets are recorded as ${OTHER}.`,
    ...(fullest === undefined ? [] : [blame(fullest)]),
    `Give its labels fewer values with cardinality.labels, or raise ${optionOf(metric)}.`,
  ].join(' ');
}

function blame({ label, values, examples }: FullestLabel): string {
  const quoted = examples.map((it) => JSON.stringify(it)).join(', ');
  return `Its label ${label} has the most values (${values}), such as ${quoted}.`;
}

/** Which limit turns label sets of the metric away, in words. */
export function foldReason(metric: AnyInstrument): string {
  const { limit, budget } = metric.bounds;
  if (isFull(metric)) return `has reached its series limit of ${limit}`;
  if (!budget.hasRoomFor(1)) {
    return `has no room, as all metrics together have reached their series limit of ${budget.limit}`;
  }
  return 'has no room for what the other metrics of a handler have no room for';
}

function optionOf(metric: AnyInstrument): string {
  if (isFull(metric)) return 'cardinality.seriesLimit, or its own in cardinality.perMetric';
  return metric.bounds.budget.hasRoomFor(1)
    ? 'cardinality.seriesLimit'
    : 'cardinality.totalSeriesLimit';
}

function isFull({ bounds, seriesCount }: AnyInstrument): boolean {
  return seriesCount >= bounds.limit;
}

function fullestLabel(metric: AnyInstrument): FullestLabel | undefined {
  const labelSets = metric
    .snapshot()
    .blocks.flatMap((it) => it.labelSets)
    .slice(-LOOKED_AT);
  const labels = (metric.definition.labels ?? []).map((label, i) => {
    const values = new Set(labelSets.map((it) => it[i] as string));
    values.delete(OTHER);
    return { label, values: values.size, examples: [...values].slice(-EXAMPLES) };
  });
  const [fullest] = labels.toSorted((one, other) => other.values - one.values);
  return fullest !== undefined && fullest.values > 0 ? fullest : undefined;
}
