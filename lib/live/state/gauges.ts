import { labelNamesOf, type RegistrySnapshot } from '../../metrics/snapshot/snapshot.js';

/** Value of one series now. */
export interface CurrentValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Current values of counters and gauges, by metric. */
export class Gauges {
  readonly #snapshot: RegistrySnapshot;

  constructor(snapshot: RegistrySnapshot) {
    this.#snapshot = snapshot;
  }

  /** Returns all series of a metric; none for a histogram. */
  all(name: string): readonly CurrentValue[] {
    const metric = this.#snapshot.metrics.find((it) => it.definition.name === name);
    if (metric === undefined) return [];
    return metric.blocks
      .filter(({ stride, endedAtMs }) => stride === 1 && endedAtMs === undefined)
      .flatMap((block) => {
        const names = labelNamesOf(metric.definition, block);
        return block.labelSets.map((values, i) => ({
          labels: Object.fromEntries(names.map((it, n) => [it, values[n]!])),
          value: block.values[i]!,
        }));
      });
  }

  /** Returns the values of a metric by one label; the sum where several series share its value. */
  by(name: string, label: string): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    for (const { labels, value } of this.all(name)) {
      const key = labels[label] ?? '';
      found.set(key, (found.get(key) ?? 0) + value);
    }
    return found;
  }

  /** Returns the value of the series with these labels. */
  one(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const wanted = Object.entries(labels);
    return this.all(name).find((it) => wanted.every(([key, value]) => it.labels[key] === value))
      ?.value;
  }
}
