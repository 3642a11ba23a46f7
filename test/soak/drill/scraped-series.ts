import { LabelSet } from '../../../lib/query/label-set.js';
import type {
  SampleSeries,
  SeriesSelection,
  SeriesSource,
} from '../../../lib/query/series-source.js';
import { parseTextFormat } from '../../contract/text-format.js';
import type { JudgedJobs } from '../../e2e/alerting/alert-drill.js';
import { repeat } from './drilled-application.js';

/** Samples of one series so far. */
class GrowingSeries {
  readonly #times: number[] = [];
  readonly #values: number[] = [];
  readonly #staleAtMs: number[] = [];

  constructor(readonly labels: LabelSet) {}

  add(atMs: number, value: number): void {
    if (atMs <= (this.#times.at(-1) ?? 0)) return;
    this.#times.push(atMs);
    this.#values.push(value);
  }

  end(atMs: number): void {
    this.#staleAtMs.push(atMs);
  }

  get samples(): SampleSeries {
    return {
      labels: this.labels,
      timesMs: Float64Array.from(this.#times),
      values: Float64Array.from(this.#values),
      staleAtMs: this.#staleAtMs,
    };
  }
}

/** An address that is scraped. */
class Target {
  scrapes = 0;
  readonly #labels: Readonly<Record<string, string>>;
  /** Series that the last scrape had, by name and labels in the text. */
  #present = new Map<string, GrowingSeries>();

  constructor(
    job: string,
    private readonly host: string,
    private readonly seriesOf: (labels: Record<string, string>) => GrowingSeries,
  ) {
    this.#labels = { job, instance: host };
  }

  async scrape(timeoutMs: number): Promise<void> {
    const atMs = Date.now();
    let text: string | undefined;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const answer = await fetch(`http://${this.host}/metrics`, { signal });
      text = await answer.text();
      this.scrapes++;
    } catch {
      text = undefined;
    }
    this.#own('up', atMs, text === undefined ? 0 : 1);
    this.#own('scrape_duration_seconds', atMs, (Date.now() - atMs) / 1_000);
    const before = this.#present;
    this.#present = new Map();
    for (const { samples } of text === undefined ? [] : parseTextFormat(text).values())
      for (const { name, labels, value } of samples) {
        const key = JSON.stringify([name, labels]);
        const series = before.get(key) ?? this.seriesOf(this.#labelled(name, labels));
        series.add(atMs, value);
        this.#present.set(key, series);
      }
    for (const [key, series] of before) if (!this.#present.has(key)) series.end(atMs);
  }

  #own(name: string, atMs: number, value: number): void {
    this.seriesOf(this.#labelled(name, {})).add(atMs, value);
  }

  #labelled(name: string, labels: Readonly<Record<string, string>>): Record<string, string> {
    const own = Object.entries(labels).map(([key, value]) => [
      key in this.#labels ? `exported_${key}` : key,
      value,
    ]);
    return { ...Object.fromEntries(own), ...this.#labels, __name__: name };
  }
}

/** Series of applications, read from their `/metrics` again and again. */
export class ScrapedSeries implements SeriesSource {
  readonly #byName = new Map<string, Map<string, GrowingSeries>>();
  readonly #targets: readonly (readonly [target: Target, everyMs: number])[];
  #ends: readonly (() => void)[] = [];
  #joined: SeriesSource | undefined;

  constructor(jobs: JudgedJobs['jobs'], intervalMs: number) {
    this.#targets = Object.entries(jobs).flatMap(([job, { targets, scrapeMs = intervalMs }]) =>
      targets.map(
        (it) => [new Target(job, it, (labels) => this.#seriesOf(labels)), scrapeMs] as const,
      ),
    );
  }

  /** Adds series of another source, or takes them away. */
  join(source: SeriesSource | undefined): void {
    this.#joined = source;
  }

  start(): void {
    this.#ends = this.#targets.map(([target, everyMs]) =>
      repeat(everyMs, () => target.scrape(everyMs)),
    );
  }

  stop(): void {
    for (const end of this.#ends) end();
  }

  targetsScraped(times: number): number {
    return this.#targets.filter(([{ scrapes }]) => scrapes >= times).length;
  }

  async select(selection: SeriesSelection): Promise<readonly SampleSeries[]> {
    const { matchers } = selection;
    const named = matchers.find((it) => it.name === '__name__' && it.operator === '=');
    const groups = named ? [this.#byName.get(named.value)] : [...this.#byName.values()];
    const own = groups
      .flatMap((it) => [...(it?.values() ?? [])])
      .filter(({ labels }) => matchers.every((it) => it.matches(labels.get(it.name))))
      .map(({ samples }) => samples);
    return [...own, ...((await this.#joined?.select(selection)) ?? [])];
  }

  #seriesOf(labels: Record<string, string>): GrowingSeries {
    const { __name__: name = '' } = labels;
    const group = this.#byName.get(name) ?? new Map<string, GrowingSeries>();
    this.#byName.set(name, group);
    const set = LabelSet.of(labels);
    const series = group.get(set.key) ?? new GrowingSeries(set);
    group.set(set.key, series);
    return series;
  }
}
