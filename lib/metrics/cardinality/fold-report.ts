import { OTHER } from '../../kernel/label.js';
import type { RegisteredMetric } from '../instruments/any-instrument.js';
import { labelNamesOf } from '../snapshot/snapshot.js';

/** Maximum number of label sets to inspect; more would block the event loop without changing the result. */
const LOOKED_AT = 10_000;
const EXAMPLES = 3;

interface FullestLabel {
  readonly label: string;
  /** Number of its values among the inspected series. */
  readonly values: number;
  /** The most recent values. */
  readonly examples: readonly string[];
}

/**
 * Describes why series of a metric fold into `__other__`, which label has the most values, and the options to change.
 */
export function foldReport(metric: RegisteredMetric): string {
  const fullest = fullestLabel(metric);
  return [
    `${metric.definition.name} ${foldReason(metric)}: further label sets are recorded as ${OTHER}.`,
    ...(fullest === undefined ? [] : [blame(fullest)]),
    `Give its labels fewer values with cardinality.labels, or raise ${optionOf(metric)}. (OBS_SERIES_LIMIT)`,
  ].join(' ');
}

function blame({ label, values, examples }: FullestLabel): string {
  const quoted = examples.map((it) => JSON.stringify(it)).join(', ');
  return `Its label ${label} has the most values (${values}), such as ${quoted}.`;
}

/** Describes the limit that a metric has reached. */
export function foldReason(metric: RegisteredMetric): string {
  const { limit, budget } = metric.bounds;
  if (isFull(metric)) return `has reached its series limit of ${limit}`;
  if (!budget.hasRoomFor(1)) {
    return `has no room: all metrics together have reached their series limit of ${budget.limit}`;
  }
  return 'has no room: another metric of the same handler has reached its series limit';
}

function optionOf(metric: RegisteredMetric): string {
  if (isFull(metric)) return 'cardinality.seriesLimit, or its own in cardinality.perMetric';
  return metric.bounds.budget.hasRoomFor(1)
    ? 'cardinality.seriesLimit'
    : 'cardinality.totalSeriesLimit';
}

function isFull({ bounds, seriesCount }: RegisteredMetric): boolean {
  return seriesCount >= bounds.limit;
}

function fullestLabel(metric: RegisteredMetric): FullestLabel | undefined {
  const labels = metric.snapshot().blocks.flatMap((block) => {
    const labelSets = block.labelSets.slice(-LOOKED_AT);
    return labelNamesOf(metric.definition, block).map((label, i) => {
      const values = new Set(labelSets.map((it) => it[i] as string));
      values.delete(OTHER);
      return { label, values: values.size, examples: [...values].slice(-EXAMPLES) };
    });
  });
  const [fullest] = labels.toSorted((one, other) => other.values - one.values);
  return fullest !== undefined && fullest.values > 0 ? fullest : undefined;
}
