import { setImmediate } from 'node:timers/promises';
import type { SampleSeries, SeriesSelection } from '../../query/series-source.js';
import { DecodedChunks } from '../chunks/decoded-chunks.js';
import type { StoredChunk, Tier } from '../chunks/tier.js';
import { type Candidate, rangesIn, type StoredRange } from './chunk-ranges.js';
import { type ChunkRange, selectSeries } from './selection.js';
import { SeriesLabels } from './series-labels.js';

const SLICE_MS = 2;
// A time in milliseconds is exact to less than this.
const JUST_AFTER_MS = 0.001;
const TICKS_WITHOUT_GAP = 2;

/** Dependencies of {@link StoredSeries}. */
export interface StoredSeriesDeps {
  /** Tiers in ascending order of their precedence. */
  readonly tiers: readonly Tier[];
  /** Labels of every series. */
  readonly labels: Readonly<Record<string, string>>;
  /** Memory of the whole history, of which a part is for queries. */
  readonly maxBytes: number;
  /** Reads a file. */
  read(name: string): Promise<Buffer>;
  report(error: unknown): void;
}

/** Series of the chunks of all tiers, for queries. */
export class StoredSeries {
  readonly #deps: StoredSeriesDeps;
  readonly #decoded: DecodedChunks;
  readonly #labels: SeriesLabels;

  constructor(deps: StoredSeriesDeps) {
    this.#deps = deps;
    this.#labels = new SeriesLabels(deps.labels, deps.maxBytes / 16);
    this.#decoded = new DecodedChunks({
      maxBytes: deps.maxBytes / 8,
      read: (name) => deps.read(name),
      shared: (values) => this.#labels.shared(values),
    });
  }

  /** Bytes that are remembered for the next queries. */
  get bytes(): number {
    return this.#decoded.bytes + this.#labels.bytes;
  }

  /** Forgets a chunk that is gone. */
  forget(chunk: StoredChunk): void {
    this.#decoded.forget(chunk);
  }

  /** Returns the series that match, see `SeriesSource`; at once when nothing has to be decoded. */
  select(selection: SeriesSelection): readonly SampleSeries[] | Promise<readonly SampleSeries[]> {
    const { matchers, fromMs, toMs } = selection;
    const ranges = rangesIn(this.#chunks(), fromMs, toMs + JUST_AFTER_MS);
    const known: ChunkRange[] = [];
    for (const it of ranges) {
      const chunk = this.#decoded.get(it.stored);
      if (chunk !== undefined) known.push(rangeOf(it, chunk));
    }
    const select = (all: readonly ChunkRange[]) => selectSeries(all, matchers, this.#labels);
    if (known.length === ranges.length) return inSlices(select(known));
    return this.#load(ranges).then((all) => inSlices(select(all)));
  }

  #chunks(): Candidate[] {
    return this.#deps.tiers.flatMap((tier) => {
      const open = tier.openChunk();
      const all = open === undefined ? tier.closed : [...tier.closed, open];
      const tickMs = TICKS_WITHOUT_GAP * tier.settings.everyMs;
      return all.map((it): Candidate => [it, tickMs]);
    });
  }

  /** Loads the chunks of a query; one that cannot be read is left out and reported. */
  async #load(ranges: readonly StoredRange[]): Promise<ChunkRange[]> {
    const loaded: ChunkRange[] = [];
    for (const it of ranges) {
      try {
        loaded.push(rangeOf(it, await this.#decoded.load(it.stored)));
      } catch (error) {
        if (!it.stored.isDropped) this.#deps.report(error);
      }
    }
    return loaded;
  }
}

function rangeOf({ stored, fromMs, untilMs }: StoredRange, chunk: ChunkRange['chunk']): ChunkRange {
  return { chunk, run: stored.summary.run, fromMs, untilMs };
}

/** Runs work to its end: at once if it is short, else in slices between which the event loop turns. */
function inSlices<T>(work: Generator<undefined, T>): T | Promise<T> {
  const untilMs = performance.now() + SLICE_MS;
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    if (performance.now() > untilMs) return setImmediate().then(() => inSlices(work));
  }
}
