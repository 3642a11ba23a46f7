import { catalogue } from '../../../metrics/catalogue/catalogue.js';
import type { MetricDefinition } from '../../../metrics/definition/metric-definition.js';
import type { MetricSnapshot, SeriesBlock } from '../../../metrics/snapshot/snapshot.js';
import type { DialectRow } from './dialects.js';

const CATALOGUE_LABELS: ReadonlyMap<string, readonly string[]> = new Map(
  catalogue.flatMap((it) => it.metrics).map(({ name, labels = [] }) => [name, labels]),
);

type LabelSets = readonly (readonly string[])[];

/** Which series of a block go into which series of the alias. */
interface Grouping {
  readonly labelSets: LabelSets;
  /** By series of the source; -1 for one that is left out. */
  readonly groups: Int32Array;
}

/** One metric under its other name. It keeps what depends on the series alone: as long as they stay, so do label sets. */
export class DialectAlias {
  /** What the alias is. */
  readonly definition: MetricDefinition;
  readonly #row: DialectRow;
  readonly #sourceLabels: readonly string[];
  readonly #groupings = new WeakMap<LabelSets, Grouping>();

  /** @param name - In the application's namespace. */
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

  /** The numbers of the source under the name and in the unit of the alias. */
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
    // Of a histogram only the sum has a unit.
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
   * `undefined` when the series are those of the source.
   *
   * @param seen - Label sets of blocks before: two of them with bounds of their own cannot be added up.
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

/** `undefined` for a label that the alias does not have; an application's own stay. */
function renamed({ labels, source }: DialectRow, label: string): string | undefined {
  if (label in labels) return labels[label];
  const isKnown = CATALOGUE_LABELS.get(source)?.includes(label) === true;
  return isKnown || Object.values(labels).includes(label) ? undefined : label;
}

/** The series that belong together, added up. */
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

/** Without the dust of binary fractions: 0.07 s are 70 ms. */
function scaledBound(bound: number, scale: number): number {
  return Number((bound * scale).toPrecision(12));
}
