import type { Timers } from '../kernel/timers.js';
import type { MetricDefinition } from '../metrics/definition/metric-definition.js';
import type { MetricSnapshot } from '../metrics/snapshot/snapshot.js';
import type { SampleSeries, SeriesSelection } from '../query/series-source.js';
import { encodeChunk } from './chunks/chunk-codec.js';
import { GaugePeaks } from './chunks/gauge-peaks.js';
import { HistoryFiles } from './files/history-files.js';
import type { HistorySettings } from './history-options.js';
import { StoredSeries } from './series/stored-series.js';
import { type StoredChunk, Tier } from './chunks/tier.js';

const NUMBER_BYTES = 8;

/** Dependencies of a {@link HistoryStore}. */
export interface HistoryStoreDeps {
  readonly settings: HistorySettings;
  /** Labels of every series. */
  readonly labels: Readonly<Record<string, string>>;
  /** Start of the recording: Unix time in milliseconds. */
  readonly run: number;
  readonly timers?: Timers | undefined;
  report(error: unknown): void;
}

/** Samples of all metrics: all ticks for a while, some of them for longer. */
export class HistoryStore {
  readonly #deps: HistoryStoreDeps;
  readonly #full: Tier;
  readonly #rollup: Tier | undefined;
  readonly #peaks = new GaugePeaks();
  readonly #accepted = new WeakMap<MetricDefinition, boolean>();
  readonly #files: HistoryFiles | undefined;
  readonly #series: StoredSeries;
  readonly #maxOpenBytes: number;
  #sealing = Promise.resolve();
  /** Last tick, if it has no rollup. */
  #last: { readonly atMs: number; readonly metrics: readonly MetricSnapshot[] } | undefined;
  /** Samples given up: beyond a limit, damaged, or at no time. */
  dropped = 0;

  constructor(deps: HistoryStoreDeps) {
    const { settings, run, timers, report } = deps;
    const { intervalMs, retentionMs, rollup, maxBytes, storage } = settings;
    this.#deps = deps;
    this.#maxOpenBytes = maxBytes / 8;
    const accepts = (it: MetricDefinition) => this.#accepts(it);
    const tier = { run, accepts, maxOpenBytes: this.#maxOpenBytes };
    this.#full = new Tier({ ...tier, name: 'full', everyMs: intervalMs, retentionMs });
    this.#rollup = rollup && new Tier({ ...tier, name: 'rollup', ...rollup });
    const lost = (chunk: StoredChunk) => this.#lost(chunk);
    const files = storage && { storage, tiers: this.#tiers, timers, report, lost };
    this.#files = files && new HistoryFiles(files);
    const read = async (name: string) => {
      if (this.#files === undefined) throw new Error('the history has no files');
      return this.#files.read(name);
    };
    this.#series = new StoredSeries({ ...deps, maxBytes, tiers: this.#tiers, read });
  }

  /** Opens the files. */
  async open(): Promise<void> {
    await this.#files?.open();
  }

  /** True while this process has the directory of the files. */
  get ownsFiles(): boolean {
    return this.#files?.isOpen === true;
  }

  /** Bytes in memory. */
  get bytes(): number {
    const tiers = this.#tiers.reduce((sum, { bytes }) => sum + bytes, 0);
    return tiers + this.#series.bytes;
  }

  /** Number of samples that can be queried. */
  get samples(): number {
    return this.#tiers.reduce((sum, { samples }) => sum + samples, 0);
  }

  /** Records the values of all metrics at a time. */
  record(atMs: number, metrics: readonly MetricSnapshot[]): void {
    if (atMs === this.#full.lastMs) return;
    const samples = this.#samplesOf(metrics);
    const bytes = samples * NUMBER_BYTES;
    if (!(atMs > 0 && atMs < Infinity) || bytes > this.#maxOpenBytes) {
      this.dropped += samples;
      const reason = atMs > 0 ? `${samples} samples exceed the limit` : 'the clock has no time';
      return this.#deps.report(new RangeError(`a tick was not recorded: ${reason}`));
    }
    this.#append(this.#full, { atMs, metrics, bytes });
    if (this.#isRollupDue(atMs)) this.#rollUp(atMs, metrics);
    else {
      this.#peaks.note(metrics);
      this.#last = { atMs, metrics };
    }
    this.#limit();
  }

  /** Returns the series that match, see `SeriesSource`. */
  select(selection: SeriesSelection): readonly SampleSeries[] | Promise<readonly SampleSeries[]> {
    return this.#series.select(selection);
  }

  /** Waits until closed chunks are compressed and, with a directory, written. */
  async settled(): Promise<void> {
    await this.#sealing;
    await this.#files?.work();
  }

  /** Compresses and writes everything. */
  async close(): Promise<void> {
    if (this.#last !== undefined) this.#rollUp(this.#last.atMs, this.#last.metrics);
    for (const it of this.#tiers) this.#close(it, it.lastMs);
    await this.#sealing;
    await this.#files?.close();
  }

  /** Tiers in the order in which their chunks are given up. */
  get #tiers(): Tier[] {
    return this.#rollup === undefined ? [this.#full] : [this.#rollup, this.#full];
  }

  #accepts(definition: MetricDefinition): boolean {
    let accepted = this.#accepted.get(definition);
    if (accepted === undefined) {
      accepted = this.#deps.settings.accepts(definition.name);
      this.#accepted.set(definition, accepted);
    }
    return accepted;
  }

  #samplesOf(metrics: readonly MetricSnapshot[]): number {
    let samples = 0;
    for (const { definition, blocks } of metrics) {
      if (!this.#accepts(definition)) continue;
      for (const { values } of blocks) samples += values.length;
    }
    return samples;
  }

  #isRollupDue(atMs: number): boolean {
    if (this.#rollup === undefined) return false;
    const { lastMs, settings } = this.#rollup;
    const early = this.#deps.settings.intervalMs / 2;
    return atMs < lastMs || atMs >= lastMs + settings.everyMs - early;
  }

  #rollUp(atMs: number, metrics: readonly MetricSnapshot[]): void {
    this.#last = undefined;
    if (this.#rollup === undefined) return;
    const raised = this.#peaks.take(metrics);
    const bytes = this.#samplesOf(metrics) * NUMBER_BYTES;
    this.#append(this.#rollup, { atMs, metrics: raised, bytes });
  }

  #append(
    tier: Tier,
    tick: {
      readonly atMs: number;
      readonly metrics: readonly MetricSnapshot[];
      readonly bytes: number;
    },
  ): void {
    if (tier.isOver(tick.atMs, tick.bytes)) this.#close(tier, tick.atMs);
    tier.record(tick.atMs, tick.metrics);
  }

  /** Closes the chunk of a tier that grows. Its first tick says what is too old: by then, a wrong clock has been set. */
  #close(tier: Tier, atMs: number): void {
    const closed = tier.close();
    if (closed === undefined) return;
    for (const it of tier.expire(Math.min(closed.summary.fromMs, atMs))) this.#forget(it);
    this.#sealing = this.#sealing.then(() => this.#seal(tier, closed)).catch(this.#deps.report);
  }

  async #seal(tier: Tier, chunk: StoredChunk): Promise<void> {
    if (chunk.isDropped || chunk.recorded === undefined) return;
    chunk.encoded = await encodeChunk(chunk.recorded, chunk.summary);
    // Most queries read the last minutes: the last chunk remains as it is.
    for (const it of tier.closed) {
      const isLast = it === chunk && tier === this.#full;
      if (!isLast && (it.encoded ?? it.file) !== undefined) it.recorded = undefined;
    }
    this.#limit();
    if (tier === this.#full) this.#files?.saveGrowing();
    void this.#files?.work();
  }

  /** Gives up samples until the memory is below its limit. A quarter is left for what is being compressed. */
  #limit(): void {
    const maxBytes = (this.#deps.settings.maxBytes * 3) / 4;
    while (this.bytes > maxBytes) {
      const all = this.#tiers.flatMap(({ closed }) => closed);
      const twofold = all.find((it) => it.recorded && (it.encoded ?? it.file));
      if (twofold !== undefined) {
        twofold.recorded = undefined;
        continue;
      }
      const oldest = all.find((it) => (it.recorded ?? it.encoded) !== undefined);
      if (oldest === undefined) return;
      for (const it of this.#tiers) it.removeAll((other) => other === oldest);
      this.#lost(oldest);
    }
  }

  #lost(chunk: StoredChunk): void {
    this.dropped += chunk.summary.samples;
    this.#forget(chunk);
  }

  #forget(chunk: StoredChunk): void {
    this.#series.forget(chunk);
    this.#files?.remove(chunk);
  }
}
