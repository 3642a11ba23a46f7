import type { MetricSample } from '../../../metrics/aggregation/sampled-metric.js';
import type { MetricSnapshot, SeriesBlock } from '../../../metrics/snapshot/snapshot.js';
import type { Labels } from '../format/sample.format.js';
import { lineValue } from '../format/series-lines.format.js';

interface Line {
  readonly metricName?: string;
  readonly le?: number | string;
}

/** The samples of one of our metrics as `get()` of a prom-client metric gives them, with the global labels. */
export function promClientSamples(
  { definition, blocks }: MetricSnapshot,
  globalLabels: Labels,
): MetricSample[] {
  const { name, labels: names = [] } = definition;
  return blocks.flatMap((block) => {
    const lines = linesOf(name, block);
    return block.labelSets.flatMap((values, series) => {
      const own = names.map((label, i) => [label, values[i] ?? ''] as const);
      const all = Object.entries({ ...globalLabels, ...Object.fromEntries(own) });
      // An empty value means the same as no label.
      const labels = Object.fromEntries(all.filter(([, value]) => value !== ''));
      return lines.map(({ le, ...line }, index) => ({
        ...line,
        value: lineValue(block, series, index),
        labels: le === undefined ? labels : { le, ...labels },
      }));
    });
  });
}

function linesOf(name: string, { bounds, stride }: SeriesBlock): Line[] {
  if (stride === 1) return [{}];
  const buckets = [...bounds, '+Inf'].map((le) => ({ metricName: `${name}_bucket`, le }));
  return [...buckets, { metricName: `${name}_sum` }, { metricName: `${name}_count` }];
}
