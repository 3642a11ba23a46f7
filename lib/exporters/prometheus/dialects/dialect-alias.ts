import { catalogue } from '../../../metrics/catalogue/catalogue.js';
import type { MetricDefinition } from '../../../metrics/definition/metric-definition.js';
import type { MetricSnapshot, SeriesBlock } from '../../../metrics/snapshot/snapshot.js';
import type { DialectRow } from './dialects.js';

const CATALOGUE_LABELS: ReadonlyMap<string, readonly string[]> = new Map(
  catalogue.flatMap((it) => it.metrics).map(({ name, labels = [] }) => [name, labels]),
);

type LabelSets = readonly (readonly string[])[];

/** Mapping from the series of a block to the series of an alias. */
interface Grouping {
  readonly labelSets: LabelSets;
  /** Target index by source series; -1 for an excluded series. */
  readonly groups: Int32Array;
}

/** One metric under its alias. It caches everything that depends on the label sets only. */
export class DialectAlias {
  /** Definition of the alias. */
  readonly definition: MetricDefinition;
  readonly #row: DialectRow;
  readonly #sourceLabels: readonly string[];
  readonly #groupings = new WeakMap<LabelSets, Grouping>();

  /** @param name - Name in the application's namespace. */
  constructor(row: DialectRow, name: string, source: MetricDefinition) {
    const { type, labels = [] } = source;
    this.#row = row;
    this.#sourceLabels = labels;
    this.definition = Object.freeze({
      name,
      type,
      help: `${source.help} The same as ${source.name}.`,
      labels: Object.freeze(labels.flatMap((it) => renamed(row, it) ?? [])),
    });
  }

  /** Returns the numbers of the source under the name and in the unit of the alias. */
  of({ blocks }: MetricSnapshot): MetricSnapshot {
    const seen = blocks.length > 1 ? new Set<string>() : undefined;
    return { definition: this.definition, blocks: blocks.map((it) => this.#block(it, seen)) };
  }

  #block(source: SeriesBlock, seen: Set<string> | undefined): SeriesBlock {
    const { stride, bounds } = source;
    const grouping = this.#groupingOf(source.labelSets, seen);
    const { labelSets, values, createdAtMs } =
      grouping === undefined
        ? { ...source, values: source.values.slice() }
        : summed(source, grouping);
    const { scale = 1 } = this.#row;
    // Only the sum of a histogram has a unit.
    if (scale !== 1) for (let i = stride - 1; i < values.length; i += stride) values[i]! *= scale;
    return {
      labelSets,
      createdAtMs,
      values,
      stride,
      bounds: scale === 1 ? bounds : bounds.map((it) => scaledBound(it, scale)),
    };
  }

  /**
   * Returns `undefined` when the series equal those of the source.
   *
   * @param seen - Label sets of earlier blocks. Two blocks with different bounds cannot be added
   * up.
   */
  #groupingOf(source: LabelSets, seen: Set<string> | undefined): Grouping | undefined {
    if (seen !== undefined) return this.#group(source, seen);
    const isPlain =
      this.#row.where === undefined && this.#sourceLabels.every((_, i) => this.#isKept(i));
    if (isPlain) return undefined;
    const known = this.#groupings.get(source) ?? this.#group(source, new Set());
    this.#groupings.set(source, known);
    return known;
  }

  #group(source: LabelSets, seen: Set<string>): Grouping {
    const groups = new Int32Array(source.length).fill(-1);
    const labelSets: (readonly string[])[] = [];
    const byKey = new Map<string, number>();
    for (const [series, values] of source.entries()) {
      if (!this.#isWanted(values)) continue;
      const labels = values.filter((_, i) => this.#isKept(i));
      const key = JSON.stringify(labels);
      if (seen.has(key)) continue;
      const group = byKey.get(key) ?? labelSets.push(labels) - 1;
      byKey.set(key, group);
      groups[series] = group;
    }
    for (const key of byKey.keys()) seen.add(key);
    return { labelSets: Object.freeze(labelSets), groups };
  }

  #isKept(label: number): boolean {
    return renamed(this.#row, this.#sourceLabels[label] as string) !== undefined;
  }

  #isWanted(values: readonly string[]): boolean {
    return Object.entries(this.#row.where ?? {}).every(([label, pattern]) =>
      pattern.test(values[this.#sourceLabels.indexOf(label)] ?? ''),
    );
  }
}

/**
 * Returns the alias of a label; `undefined` for a label that the alias lacks. Labels of the
 * application keep their names.
 */
function renamed({ labels, source }: DialectRow, label: string): string | undefined {
  if (label in labels) return labels[label];
  const isKnown = CATALOGUE_LABELS.get(source)?.includes(label) === true;
  return isKnown || Object.values(labels).includes(label) ? undefined : label;
}

/** Adds up the series of each group. */
function summed(source: SeriesBlock, { labelSets, groups }: Grouping) {
  const { stride } = source;
  const values = new Float64Array(labelSets.length * stride);
  const createdAtMs = new Float64Array(labelSets.length).fill(Infinity);
  for (const [series, group] of groups.entries()) {
    if (group < 0) continue;
    const createdMs = source.createdAtMs[series] as number;
    createdAtMs[group] = Math.min(createdAtMs[group] as number, createdMs);
    for (let i = 0; i < stride; i++)
      values[group * stride + i]! += source.values[series * stride + i] as number;
  }
  return { labelSets, values, createdAtMs };
}

/** Scales a bound without binary rounding errors: 0.07 s are 70 ms. */
function scaledBound(bound: number, scale: number): number {
  return Number((bound * scale).toPrecision(12));
}
