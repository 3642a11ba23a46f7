import { digitsOf, writeAscii, writeDigits } from '../../../kernel/decimal-bytes.js';
import type { Exemplar, SeriesBlock } from '../../../metrics/snapshot/snapshot.js';
import { formatCount, formatDouble, formatExemplars } from './json-values.format.js';
import { countOf, exemplarsOf, type PointTimes, startMsOf } from './otlp-points.format.js';
import { TextWriter } from './text-writer.js';
import { UnixNanos } from './unix-nanos.js';

/** What stands at a place of a point. */
type Kind = 'start' | 'end' | 'double' | 'count' | 'exemplars';

/** What stands there at first: mostly it is as long as what will, and many counts stay 0. */
const FIRST: Readonly<Record<Kind, string>> = {
  start: '0'.repeat(19),
  end: '0'.repeat(19),
  double: '0',
  count: '0',
  exemplars: '',
};

/** Bytes to expect of the attributes of a point. */
const ATTRIBUTES = 200;

/** What all points of a block look like: `texts[i]` stands before place `i`, and the last one after all of them. */
interface Layout {
  readonly kinds: readonly Kind[];
  readonly texts: readonly string[];
}

/**
 * The points of the series of a block as JSON, one after the other, each with a comma: what does not change is written once,
 * and a number only when it is another one than before.
 */
export class JsonPointCache {
  readonly #kinds: readonly Kind[];
  /** Bytes before the first place of each point, from the end of the point before. */
  readonly #heads: Uint32Array;
  /** Bytes after each place up to the next one. */
  readonly #gaps: Uint32Array;
  /** What stands at the places of all points: NaN for what is written in any case. */
  readonly #numbers: Float64Array;
  /** Bytes at each of these places. */
  readonly #lengths: Uint32Array;
  /** What is to stand at the places of one point. */
  readonly #row: Float64Array;
  #exemplars: readonly Exemplar[] = [];
  readonly #starts = new UnixNanos();
  readonly #ends = new UnixNanos();
  readonly #end = new ChangingText(FIRST.end);
  /** The points with the comma of the last one; there is room behind them. */
  #memory: Uint8Array;
  #size: number;

  /** @param attributes - Those of each series, as what its point begins with. */
  constructor(block: SeriesBlock, attributes: readonly string[]) {
    const { kinds, texts } = block.stride === 1 ? numberLayout() : histogramLayout(block);
    const rest = Buffer.from(
      texts.map((it, i) => it + (i < kinds.length ? FIRST[kinds[i]!] : '')).join(''),
    );
    const writer = new TextWriter(attributes.length * (rest.length + ATTRIBUTES));
    this.#kinds = kinds;
    this.#heads = new Uint32Array(attributes.length);
    for (const [series, own] of attributes.entries()) {
      const begin = writer.length;
      writer.text(own);
      this.#heads[series] = writer.length - begin + texts[0]!.length;
      writer.raw(rest, 0, rest.length);
    }
    // A copy, as the writer has made more room.
    this.#memory = Buffer.from(writer.finish());
    this.#size = writer.length;
    this.#gaps = Uint32Array.from(texts.slice(1), (it) => it.length);
    this.#row = new Float64Array(kinds.length);
    this.#numbers = new Float64Array(kinds.length * attributes.length);
    this.#lengths = new Uint32Array(this.#numbers.length);
    for (let i = 0; i < this.#lengths.length; i++) {
      const kind = kinds[i % kinds.length]!;
      this.#lengths[i] = FIRST[kind].length;
      if (kind === 'start' || kind === 'end') this.#numbers[i] = Number.NaN;
    }
  }

  /** Writes all of them as they are now: a number as long as the one before it over that one, any other between what is kept. */
  writeTo(writer: TextWriter, block: SeriesBlock, times: PointTimes): void {
    const begin = writer.length;
    this.#end.set(this.#ends.set(times.endMs).text);
    const [row, numbers, lengths] = [this.#row, this.#numbers, this.#lengths];
    let at = 0;
    let written = 0;
    for (let series = 0, i = 0; series < this.#heads.length; series++) {
      this.#read(block, series, times);
      at += this.#heads[series]!;
      for (let place = 0; place < row.length; place++, i++) {
        const value = row[place]!;
        const length = lengths[i]!;
        if (value !== numbers[i]) {
          numbers[i] = value;
          const kind = this.#kinds[place]!;
          const digits = kind === 'count' || kind === 'double' ? digitsOf(value) : 0;
          const text = digits === 0 ? this.#format(kind, value) : '';
          if (digits + text.length !== length) {
            writer.raw(this.#memory, written, at);
            written = at + length;
            lengths[i] = digits + text.length;
            if (digits === 0) writer.ascii(text);
            else writer.digits([value, digits]);
          } else if (digits === 0) this.#overwrite(kind, at, text);
          else writeDigits(this.#memory, at, [value, digits]);
        }
        at += length + this.#gaps[place]!;
      }
    }
    writer.raw(this.#memory, written, this.#size);
    if (written > 0) this.#keep(writer.finish(begin));
  }

  #read(block: SeriesBlock, series: number, times: PointTimes): void {
    const { values, stride } = block;
    const row = this.#row;
    const from = series * stride;
    row[0] = startMsOf(block, series, times);
    row[1] = times.endMs;
    for (let i = 0; i < stride; i++) row[2 + i] = values[from + i]!;
    if (stride === 1) return;
    row[2 + stride] = countOf(block, series);
    this.#exemplars = exemplarsOf(block, series, row[0]);
    row[3 + stride] = this.#exemplars.length === 0 ? 0 : Number.NaN;
  }

  #format(kind: Kind, value: number): string {
    switch (kind) {
      case 'start':
        return this.#starts.set(value).text;
      case 'end':
        return this.#end.text;
      case 'double':
        return formatDouble(value);
      case 'count':
        return formatCount(value);
      case 'exemplars':
        return formatExemplars(this.#exemplars);
    }
  }

  #overwrite(kind: Kind, at: number, text: string): void {
    if (kind === 'end') writeAscii(this.#memory, at + this.#end.from, this.#end.change);
    else writeAscii(this.#memory, at, text);
  }

  #keep(bytes: Uint8Array): void {
    this.#size = bytes.length;
    if (this.#size > this.#memory.length) {
      this.#memory = Buffer.allocUnsafe(this.#size + (this.#size >> 4));
    }
    this.#memory.set(bytes);
  }
}

/** A text with what makes it differ from the one before of the same length: few digits of a time do. */
class ChangingText {
  text: string;
  /** Where the change begins. */
  from = 0;
  change = '';

  constructor(text: string) {
    this.text = text;
  }

  set(text: string): void {
    const before = this.text;
    let [from, end] = [0, text.length];
    while (from < end && text[from] === before[from]) from++;
    while (end > from && text[end - 1] === before[end - 1]) end--;
    this.text = text;
    this.from = from;
    this.change = text.slice(from, end);
  }
}

const TIMES = ['"startTimeUnixNano":"', '","timeUnixNano":"'];

function numberLayout(): Layout {
  return { kinds: ['start', 'end', 'double'], texts: [...TIMES, '","asDouble":', '},'] };
}

function histogramLayout({ stride, bounds }: SeriesBlock): Layout {
  const counts = Array.from({ length: stride - 1 }, () => 'count' as const);
  const between = counts.slice(1).map(() => '","');
  const texts = [
    [...TIMES, '","bucketCounts":["', ...between, '"],"sum":', ',"count":"'],
    [`","explicitBounds":[${bounds.join()}]`, '},'],
  ];
  return {
    kinds: ['start', 'end', ...counts, 'double', 'count', 'exemplars'],
    texts: texts.flat(),
  };
}
