import { LabelSet } from '../../../lib/query/label-set.js';
import type {
  SampleSeries,
  SeriesSelection,
  SeriesSource,
} from '../../../lib/query/series-source.js';
import { parseSample, parseValue } from '../../contract/text-format.js';
import type { JudgedJobs } from '../../e2e/alerting/alert-drill.js';
import { repeat } from './drilled-application.js';

const FIRST_CAPACITY = 64;

/** Samples of one series so far. */
class GrowingSeries {
  #times = new Float64Array(FIRST_CAPACITY);
  #values = new Float64Array(FIRST_CAPACITY);
  #length = 0;
  readonly #staleAtMs: number[] = [];

  constructor(readonly labels: LabelSet) {}

  add(atMs: number, value: number): void {
    if (this.#length === this.#times.length) {
      this.#times = grown(this.#times);
      this.#values = grown(this.#values);
    }
    this.#times[this.#length] = atMs;
    this.#values[this.#length++] = value;
  }

  end(atMs: number): void {
    this.#staleAtMs.push(atMs);
  }

  get samples(): SampleSeries {
    return {
      labels: this.labels,
      timesMs: this.#times.subarray(0, this.#length),
      values: this.#values.subarray(0, this.#length),
      staleAtMs: this.#staleAtMs,
    };
  }
}

function grown(array: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * array.length);
  larger.set(array);
  return larger;
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
    for (const line of text?.split('\n') ?? [])
      if (!/^#|^$/.test(line)) this.#add(line, atMs, before);
    for (const [key, series] of before) if (!this.#present.has(key)) series.end(atMs);
  }

  /** A line is read as a whole when its series is new: most are known. */
  #add(line: string, atMs: number, before: ReadonlyMap<string, GrowingSeries>): void {
    const end = line.lastIndexOf(' ');
    const key = line.slice(0, end);
    let series = before.get(key);
    if (series === undefined) {
      const { name, labels } = parseSample(line);
      series = this.seriesOf(this.#labelled(name, labels));
    }
    series.add(atMs, parseValue(line.slice(end + 1)));
    this.#present.set(key, series);
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
