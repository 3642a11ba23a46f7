import { type CharSetParts, complement, perlClasses, posixClasses } from './char-set.js';
import type { PatternReader } from './pattern-reader.js';

/**
 * Reads the rest of a bracket expression, such as `[^a-z\d]`.
 *
 * @param reader - Stands after the bracket.
 * @param start - Position of the bracket.
 */
export function parseClass(reader: PatternReader, start: number): CharSetParts {
  const isNegated = reader.take('^');
  const ranges: number[] = [];
  const categories: RegExp[] = [];
  // A bracket that comes first stands for itself.
  for (let isFirst = true; isFirst || !reader.take(']'); isFirst = false) {
    if (reader.isAtEnd) reader.fail('missing closing ]', start);
    const named = namedClass(reader);
    if (named) ranges.push(...named);
    else readRange(reader, ranges, categories);
  }
  return { ranges, categories, isNegated };
}

/** Reads `\d`, `[:alpha:]` and their like. */
function namedClass(reader: PatternReader): readonly number[] | undefined {
  const perl = reader.takeMatch(/\\([dswDSW])/y)?.[1];
  if (perl !== undefined) return perlClasses[perl];
  const start = reader.position;
  const posix = reader.takeMatch(/\[:(\^?)(\w*):\]/y);
  if (posix === undefined) return undefined;
  const [, caret, name = ''] = posix;
  if (!Object.hasOwn(posixClasses, name)) reader.fail('invalid character class range', start);
  const ranges = posixClasses[name]!;
  return caret === '^' ? complement(ranges) : ranges;
}

function readRange(reader: PatternReader, ranges: number[], categories: RegExp[]): void {
  const start = reader.position;
  const low = readMember(reader, start);
  if (typeof low !== 'number') {
    categories.push(low);
    return;
  }
  // A hyphen before the closing bracket stands for itself.
  if (!reader.sees('-') || reader.sees('-]')) {
    ranges.push(low, low);
    return;
  }
  reader.take('-');
  if (reader.isAtEnd) reader.fail('missing closing ]', start);
  const high = readMember(reader, start);
  if (typeof high !== 'number' || high < low) {
    return reader.fail('invalid character class range', start);
  }
  ranges.push(low, high);
}

function readMember(reader: PatternReader, start: number): number | RegExp {
  return reader.take('\\') ? reader.escape(start) : reader.next();
}
