import { OTHER } from '../../kernel/label.js';
import type { MetricDefinition } from '../definition/metric-definition.js';
import { type MetricSnapshot, type SeriesBlock, snapshotOf } from '../snapshot/snapshot.js';
import { combined, type GaugeRule, type GaugeValue } from './gauge-rule.js';
import {
  keyIn,
  type LayoutShape,
  type Place,
  rebucketing,
  sameBounds,
  sameLabels,
  SeriesLayout,
} from './series-layout.js';

// Beyond this number of layouts, empty ones are removed before another is added.
const MOST_LAYOUTS = 8;

/** Series of a metric in one process. */
export interface MetricPart {
  readonly blocks: readonly SeriesBlock[];
  /** Start order of the process; higher is later. */
  readonly order: number;
}

/** One metric merged over all processes, including counts of processes that have ended. */
export class AggregatedMetric {
  #definition: MetricDefinition;
  readonly #ruleOf: GaugeRule;
  #layouts: SeriesLayout[] = [];
  readonly #places = new Map<string, Place>();
  /** Resolved series by the `labelSets` array of a block, which is stable while the series are unchanged. */
  #resolved = new WeakMap<object, readonly Place[]>();
  #conflicts = 0;

  constructor(definition: MetricDefinition, ruleOf: GaugeRule) {
    this.#definition = definition;
    this.#ruleOf = ruleOf;
  }

  /**
   * Definition of the metric. A new object after layouts were removed, which invalidates caches that are keyed by it.
   */
  get definition(): MetricDefinition {
    return this.#definition;
  }

  /** Number of series. */
  get size(): number {
    return this.#places.size;
  }

  /** Number of bound conflicts. On a conflict, each bucket of the older process counts at the next higher bound. */
  get conflicts(): number {
    return this.#conflicts;
  }

  /** Retains counts of a process that has ended or of a series that it has removed. */
  keep({ blocks, order }: MetricPart): void {
    if (this.definition.type === 'gauge') return;
    for (const block of blocks) {
      const places = this.#resolve(block, order);
      this.#eachNumber(block, places, (layout, index, amount) => layout.keep(index, amount));
    }
  }

  /**
   * Merges the series of all processes.
   *
   * @param parts - Oldest process first.
   */
  merge(parts: readonly MetricPart[]): MetricSnapshot {
    // The newest process determines the bounds, so all parts are resolved before any is merged.
    for (const { blocks, order } of parts) for (const it of blocks) this.#resolve(it, order);
    const isGauge = this.definition.type === 'gauge';
    const values = isGauge ? this.#mergeGauges(parts) : this.#mergeCounts(parts);
    const blocks = this.#layouts.map((it, i) => it.block(values[i] as Float64Array, !isGauge));
    return snapshotOf(this.definition, blocks);
  }

  /** Folds series that no live process has into `__other__` until at most `limit` remain. Counts are preserved. */
  fold(limit: number, parts: readonly MetricPart[]): void {
    if (this.size <= limit || this.definition.type === 'gauge') return;
    const live = new Set(
      parts.flatMap(({ blocks, order }) => blocks.flatMap((it) => this.#resolve(it, order))),
    );
    const isOther = ({ layout, key }: Place) => key === keyIn(layout, this.#otherLabels(layout));
    const idle = [...this.#places.values()].filter((it) => !live.has(it) && !isOther(it));
    const folded = new Set(idle.slice(0, this.size - limit));
    for (const it of folded) this.#foldOne(it);
    this.#remove((it) => folded.has(it));
  }

  #otherLabels({ labels = this.definition.labels ?? [] }: LayoutShape): string[] {
    return labels.map(() => OTHER);
  }

  #foldOne({ layout, slot, order }: Place): void {
    const labels = this.#otherLabels(layout);
    const key = keyIn(layout, labels);
    const other = this.#places.get(key) ?? this.#place({ key, labels, order }, layout);
    const to = rebucketing(layout.bounds, other.layout.bounds);
    layout.keptOf(slot).forEach((amount, i) => {
      other.layout.keep(other.slot * other.layout.stride + (to[i] as number), amount);
    });
    other.layout.exists(other.slot, layout.createdAtMsOf(slot));
  }

  #mergeCounts(parts: readonly MetricPart[]): Float64Array[] {
    const values = new Map(this.#layouts.map((it) => [it, it.copyKept()]));
    for (const { blocks, order } of parts) {
      for (const block of blocks) {
        const places = this.#resolve(block, order);
        this.#eachNumber(block, places, (layout, index, amount) => {
          (values.get(layout) as Float64Array)[index]! += amount;
        });
      }
    }
    return [...values.values()];
  }

  #mergeGauges(parts: readonly MetricPart[]): Float64Array[] {
    const found = new Map<Place, GaugeValue>();
    for (const { blocks, order } of parts) {
      for (const block of blocks) {
        this.#resolve(block, order).forEach((place, i) => {
          const now = { value: block.values[i] as number, atMs: block.updatedAtMs?.[i] ?? 0 };
          const before = found.get(place);
          found.set(
            place,
            before === undefined ? now : combined(this.#ruleOf(place.labels), before, now),
          );
        });
      }
    }
    if (found.size < this.size) this.#remove((it) => !found.has(it));
    return this.#layouts.map(({ places }) =>
      Float64Array.from(places, (it) => (found.get(it) as GaugeValue).value),
    );
  }

  /** Returns the places of a block's series and creates missing ones. */
  #resolve(block: SeriesBlock, order: number): readonly Place[] {
    const known = this.#resolved.get(block.labelSets);
    if (known !== undefined) return known;
    const places = block.labelSets.map((labels, i) => {
      const place = this.#placeOf(labels, block, order);
      place.layout.exists(place.slot, block.createdAtMs[i] as number);
      return place;
    });
    this.#resolved.set(block.labelSets, places);
    return places;
  }

  #placeOf(labels: readonly string[], block: SeriesBlock, order: number): Place {
    const key = keyIn(block, labels);
    const place = this.#places.get(key) ?? this.#place({ key, labels, order }, block);
    if (!sameBounds(place.layout.bounds, block.bounds)) {
      this.#conflicts++;
      if (order >= place.order) this.#move(place, block);
    }
    place.order = Math.max(place.order, order);
    return place;
  }

  #place(series: Omit<Place, 'layout' | 'slot'>, shape: LayoutShape): Place {
    const layout = this.#layoutOf(shape);
    const place: Place = { ...series, layout, slot: 0 };
    layout.append(place);
    this.#places.set(place.key, place);
    return place;
  }

  /** Moves a series to a layout with other bounds. */
  #move(place: Place, shape: LayoutShape): void {
    const { layout: from, slot } = place;
    const kept = from.keptOf(slot);
    const sinceMs = from.createdAtMsOf(slot);
    const to = this.#layoutOf(shape);
    from.removeAll((it) => it === place);
    to.append(place);
    to.exists(place.slot, sinceMs);
    const indices = rebucketing(from.bounds, to.bounds);
    kept.forEach((amount, i) => to.keep(place.slot * to.stride + (indices[i] as number), amount));
  }

  #layoutOf(shape: LayoutShape): SeriesLayout {
    const known = this.#layouts.find(
      (it) => sameBounds(it.bounds, shape.bounds) && sameLabels(it.labels, shape.labels),
    );
    if (known !== undefined) return known;
    if (this.#layouts.length >= MOST_LAYOUTS) this.#dropEmptyLayouts();
    const made = new SeriesLayout(shape);
    this.#layouts.push(made);
    return made;
  }

  #dropEmptyLayouts(): void {
    this.#layouts = this.#layouts.filter(({ places }) => places.length > 0);
    this.#definition = Object.freeze({ ...this.#definition });
  }

  #remove(isRemoved: (place: Place) => boolean): void {
    for (const [key, place] of this.#places) if (isRemoved(place)) this.#places.delete(key);
    for (const it of this.#layouts) it.removeAll(isRemoved);
    this.#resolved = new WeakMap();
  }

  /** Calls `add` for every value of a block with its target layout and index. */
  #eachNumber(
    block: SeriesBlock,
    places: readonly Place[],
    add: (layout: SeriesLayout, index: number, amount: number) => void,
  ): void {
    const { values, stride, bounds, exemplars } = block;
    let usual: SeriesLayout | undefined;
    let indices: readonly number[] | undefined;
    places.forEach(({ layout, slot }, series) => {
      if (layout !== usual) {
        usual = layout;
        indices = sameBounds(layout.bounds, bounds)
          ? undefined
          : rebucketing(bounds, layout.bounds);
      }
      const from = series * stride;
      const to = slot * layout.stride;
      for (let i = 0; i < stride; i++) {
        const index = to + (indices?.[i] ?? i);
        add(layout, index, values[from + i] as number);
        const exemplar = exemplars?.[from + i];
        if (exemplar !== undefined) layout.exemplify(index, exemplar);
      }
    });
  }
}
