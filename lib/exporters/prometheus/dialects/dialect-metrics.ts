import type {
  MetricSample,
  PromClientMetric,
} from '../../../metrics/aggregation/sampled-metric.js';
import { nameIn } from '../../../metrics/catalogue/catalogue-metric.js';
import { exposedNames } from '../../../metrics/definition/metric-definition.js';
import type {
  MetricSnapshot,
  RegistrySnapshot,
  SeriesBlock,
} from '../../../metrics/snapshot/snapshot.js';
import type { DerivedFamilies, DerivedReading, FamilySource } from '../derived-families.js';
import { DialectAlias } from './dialect-alias.js';
import { type DialectName, type DialectRow, dialectRows } from './dialects.js';

/** Histogram with one non-cumulative count per bound and one for all larger values. */
export interface CountedBuckets {
  readonly bounds: readonly number[];
  readonly counts: Readonly<Float64Array>;
}

/**
 * Estimates a quantile, assuming an even distribution within each bucket. As in PromQL's
 * `histogram_quantile`, the lowest bucket begins at 0, and a quantile in the last bucket equals the
 * highest bound.
 *
 * @param share - From 0 to 1.
 * @returns NaN without observations.
 */
export function histogramQuantile({ bounds, counts }: CountedBuckets, share: number): number {
  const total = counts.reduce((sum, it) => sum + it, 0);
  if (total === 0) return Number.NaN;
  const rank = share * total;
  let below = 0;
  for (const [i, bound] of bounds.entries()) {
    const count = counts[i] as number;
    if (count > 0 && below + count >= rank) {
      const from = i === 0 ? Math.min(0, bound) : (bounds[i - 1] as number);
      return from + (bound - from) * ((rank - below) / count);
    }
    below += count;
  }
  return bounds.at(-1) ?? Number.NaN;
}

const QUANTILES = [0.5, 0.9, 0.95, 0.99];

/** Options of {@link DialectMetrics}. */
export interface DialectChoice {
  readonly dialects: readonly DialectName[];
  /** First word of the catalogue names. */
  readonly namespace: string;
}

interface Alias {
  readonly row: DialectRow;
  readonly dialect: DialectName;
  readonly name: string;
  /** Name of the source in the application's namespace. */
  readonly source: string;
  made?: DialectAlias;
}

/** Exposes catalogue metrics under the names of other dialects. It adds no cost to recording. */
export class DialectMetrics implements DerivedFamilies {
  readonly #aliases: readonly Alias[];

  constructor({ dialects: chosen, namespace }: DialectChoice) {
    const here = (name: string) => nameIn(namespace, name);
    const rows = [...new Set(chosen)].flatMap((it) =>
      dialectRows[it].map((row) => ({ row, dialect: it })),
    );
    this.#aliases = rows.map(({ row, dialect }) => ({
      row,
      dialect,
      name: here(row.name),
      source: here(row.source),
    }));
  }

  /** {@inheritDoc DerivedFamilies.sourceOf} */
  sourceOf(name: string): FamilySource | undefined {
    const alias = this.#aliases.find((it) => it.name === name);
    return (
      alias && {
        metric: alias.source,
        note: `It is ${alias.source} in the dialect ${alias.dialect}.`,
      }
    );
  }

  /** {@inheritDoc DerivedFamilies.of} */
  of({ metrics }: RegistrySnapshot, isTaken: (name: string) => boolean): DerivedReading {
    const sources = new Map(metrics.map((it) => [it.definition.name, it]));
    const found: MetricSnapshot[] = [];
    const summaries: PromClientMetric[] = [];
    const clashing: string[] = [];
    const taken = new Set<string>();
    for (const alias of this.#aliases) {
      const source = sources.get(alias.source);
      if (source === undefined) continue;
      const isSummary = alias.row.type === 'summary';
      const type = isSummary ? 'summary' : source.definition.type;
      const names = exposedNames({ name: alias.name, type });
      if (names.some((it) => isTaken(it) || taken.has(it))) {
        clashing.push(alias.name);
        continue;
      }
      for (const name of names) taken.add(name);
      alias.made ??= new DialectAlias(alias.row, alias.name, source.definition);
      const aliased = alias.made.of(source);
      if (isSummary) summaries.push(summaryOf(aliased));
      else found.push(aliased);
    }
    return { metrics: found, sampled: summaries, clashing };
  }
}

function summaryOf({ definition, blocks }: MetricSnapshot): PromClientMetric {
  const { name, help, labels = [] } = definition;
  const values = blocks.flatMap((block) =>
    block.labelSets.flatMap((set, series) => {
      const own = Object.fromEntries(labels.map((it, i) => [it, set[i] ?? '']));
      return summarySamples(name, own, bucketsOf(block, series));
    }),
  );
  return { name, help, type: 'summary', values };
}

interface Buckets {
  readonly bounds: readonly number[];
  readonly counts: Float64Array;
  readonly sum: number;
}

function bucketsOf({ values, stride, bounds }: SeriesBlock, series: number): Buckets {
  const end = (series + 1) * stride - 1;
  return { bounds, counts: values.slice(series * stride, end), sum: values[end] as number };
}

function summarySamples(
  name: string,
  labels: Readonly<Record<string, string>>,
  buckets: Buckets,
): MetricSample[] {
  const count = buckets.counts.reduce((total, it) => total + it, 0);
  const quantiles = QUANTILES.map((quantile) => ({
    labels: { ...labels, quantile },
    // An estimate needs no more digits, and rounding removes binary artefacts.
    value: Number(histogramQuantile(buckets, quantile).toPrecision(12)),
  }));
  return [
    ...quantiles,
    { metricName: `${name}_sum`, labels, value: buckets.sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}
