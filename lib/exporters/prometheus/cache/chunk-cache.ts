import type { Exemplar, SeriesBlock } from '../../../metrics/snapshot/snapshot.js';
import type { LineName } from '../format/exposition-format.js';
import { fillLineValues, formatExemplar, formatHead } from '../format/sample.format.js';
import { rewriteNumbers, roomFor } from './number-rewrite.js';

/** Memory shared by consecutive renderings; it grows to the size of the largest piece. */
export class ScratchBuffers {
  #bytes = new Uint8Array(0);
  #numbers = new Float64Array(0);
  #changed = new Uint32Array(0);

  /** Returns a buffer of at least `length` bytes. */
  bytes(length: number): Uint8Array {
    if (this.#bytes.length < length) this.#bytes = new Uint8Array(length * 2);
    return this.#bytes;
  }

  /** Returns a buffer of at least `length` numbers. */
  numbers(length: number): Float64Array {
    if (this.#numbers.length < length) this.#numbers = new Float64Array(length);
    return this.#numbers;
  }

  /** Returns a buffer for the indices of `length` numbers. */
  changed(length: number): Uint32Array {
    if (this.#changed.length < length) this.#changed = new Uint32Array(length);
    return this.#changed;
  }
}

/** Layout of the lines of a block. */
export interface BlockWriting {
  /** Line names of every series. */
  readonly names: readonly LineName[];
  /** Formats the labels of a series, without the braces. */
  labelsOf(values: readonly string[]): string;
  readonly hasExemplars: boolean;
  /** Buffers shared by renderings that never run at the same time. */
  readonly workspace: ScratchBuffers;
}

type LabelSets = readonly (readonly string[])[];

/**
 * Cached text of neighbouring series, as bytes, with the offsets of its numbers. Only changed
 * numbers are rewritten. Bytes that were returned are never modified, because a response may still
 * be sending them.
 */
export class ChunkCache {
  readonly #writing: BlockWriting;
  readonly #labelSets: LabelSets;
  readonly #values: Float64Array;
  /** Offset of each number, and the end of the text behind it. */
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  #exemplars: (Exemplar | undefined)[] | undefined;
  #bytes: Uint8Array;

  constructor(labelSets: LabelSets, writing: BlockWriting) {
    const { names, labelsOf } = writing;
    const lines = labelSets.length * names.length;
    this.#writing = writing;
    this.#labelSets = labelSets;
    // NaN differs from every number including itself, so the first write renders all of them.
    this.#values = new Float64Array(lines).fill(Number.NaN);
    this.#starts = new Uint32Array(lines);
    let text = '';
    let at = 0;
    let line = 0;
    for (const values of labelSets) {
      const labels = labelsOf(values);
      for (const name of names) {
        const head = formatHead(name, labels);
        at += Buffer.byteLength(head);
        this.#starts[line++] = at++;
        text += `${head}\n`;
      }
    }
    this.#ends = this.#starts.slice();
    this.#bytes = Buffer.from(text);
  }

  /** Number of series. */
  get size(): number {
    return this.#labelSets.length;
  }

  /** Label values of the first series. */
  get first(): readonly string[] {
    return this.#labelSets[0] as readonly string[];
  }

  /** True if the chunk holds exactly the series from `first` on, in the same order. */
  isAt(labelSets: LabelSets, first: number): boolean {
    return this.#labelSets.every((it, i) => it === labelSets[first + i]);
  }

  /** Returns the current text. @param first - Index of the first series in the block. */
  write(block: SeriesBlock, first: number): Uint8Array {
    const { names, workspace } = this.#writing;
    const lines = this.#values.length;
    const values = workspace.numbers(lines);
    fillLineValues(block, { first, count: this.size, lines: names.length }, values);
    const changed = workspace.changed(lines);
    const count = this.#findChanges(values, block, { first, changed });
    if (count > 0) this.#rewrite(changed, count);
    return this.#bytes;
  }

  /** Reads the numbers and marks the lines that differ. */
  #findChanges(
    values: Float64Array,
    block: SeriesBlock,
    { first, changed }: { readonly first: number; readonly changed: Uint32Array },
  ): number {
    const kept = this.#values;
    const exemplified = this.#writing.hasExemplars && block.exemplars !== undefined;
    let count = 0;
    for (let line = 0; line < kept.length; line++) {
      const value = values[line] as number;
      const isNew = exemplified && this.#takeExemplar(block, first, line);
      if (value === kept[line] && !isNew) continue;
      kept[line] = value;
      changed[count++] = line;
    }
    return count;
  }

  #takeExemplar({ exemplars, stride, bounds }: SeriesBlock, first: number, line: number): boolean {
    const perSeries = this.#writing.names.length;
    const bucket = line % perSeries;
    if (stride === 1 || bucket > bounds.length) return false;
    const exemplar = exemplars?.[(first + (line - bucket) / perSeries) * stride + bucket];
    if (exemplar === this.#exemplars?.[line]) return false;
    this.#exemplars ??= Array.from<undefined>({ length: this.#values.length });
    this.#exemplars[line] = exemplar;
    return true;
  }

  /** Copies the text and inserts the changed numbers. */
  #rewrite(changed: Uint32Array, count: number): void {
    const old = this.#bytes;
    const tails = this.#tails(changed, count);
    const numbers = { changed, count, values: this.#values, tails };
    const ahead = roomFor(numbers);
    const end = ahead + old.length;
    const memory = this.#writing.workspace.bytes(end);
    memory.set(old, ahead);
    const places = { starts: this.#starts, ends: this.#ends };
    const [from, to] = rewriteNumbers(memory, places, { ...numbers, ahead, end });
    this.#bytes = memory.slice(from, to);
  }

  #tails(changed: Uint32Array, count: number): string[] | undefined {
    const exemplars = this.#exemplars;
    if (exemplars === undefined) return undefined;
    return Array.from({ length: count }, (_, i) => formatExemplar(exemplars[changed[i] as number]));
  }
}
