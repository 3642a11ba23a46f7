import { CharSet, type CharSetParts, perlClasses } from './char-set.js';
import { parseClass } from './class-parser.js';
import type { ParsedPattern, PatternNode } from './pattern-node.js';
import { PatternReader } from './pattern-reader.js';

const MAX_DEPTH = 200;
// As in RE2.
const MAX_REPEAT = 1_000;
const EMPTY: PatternNode = { kind: 'empty' };
// Characters that stand for themselves, escaped punctuation included, without the one that a quantifier repeats.
const PLAIN = /(?:(?:[^\\^$.*+?()[\]{}|]|\\[!-/:-@[-`{-~])(?![*+?{]))+/uy;

/** Flags that a group can set: `(?i)`. */
interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

/**
 * Parses a regular expression of RE2 that matches whole texts, and in which `.` matches a line feed as well, as label
 * matchers have it.
 *
 * @throws QueryError `OBS_QUERY_SYNTAX`
 */
export function parsePattern(text: string): ParsedPattern {
  const parser = new PatternParser(text);
  const root = withoutAnchors(parser.parse());
  return { root, groupCount: parser.groupCount, groupNames: parser.groupNames };
}

/** Removes the anchors at both ends: an expression matches whole texts anyway. */
function withoutAnchors(root: PatternNode): PatternNode {
  if (root.kind !== 'sequence') return root;
  const isAnchor = (it: PatternNode | undefined, assertion: string) =>
    it?.kind === 'assert' && it.assertion === assertion;
  const { parts } = root;
  const from = isAnchor(parts[0], 'textStart') ? 1 : 0;
  const end = isAnchor(parts.at(-1), 'textEnd') ? -1 : parts.length;
  return { kind: 'sequence', parts: parts.slice(from, end) };
}

class PatternParser {
  groupCount = 0;
  readonly groupNames = new Map<string, number>();
  readonly #reader: PatternReader;
  #flags: Flags = { i: false, m: false, s: true, U: false };
  #depth = 0;

  constructor(text: string) {
    this.#reader = new PatternReader(text);
  }

  parse(): PatternNode {
    const root = this.#choice();
    if (!this.#reader.isAtEnd) this.#reader.fail('unexpected )');
    return root;
  }

  #choice(): PatternNode {
    const flags = this.#flags;
    if (++this.#depth > MAX_DEPTH) this.#reader.fail('expression nests too deeply');
    const options = [this.#sequence()];
    while (this.#reader.take('|')) options.push(this.#sequence());
    this.#depth--;
    // Flags last until the end of their group.
    this.#flags = flags;
    return options.length === 1 ? options[0]! : { kind: 'choice', options };
  }

  #sequence(): PatternNode {
    const parts: PatternNode[] = [];
    const reader = this.#reader;
    while (!reader.isAtEnd && !reader.sees('|') && !reader.sees(')')) {
      const plain = this.#flags.i ? undefined : reader.takeMatch(PLAIN)?.[0];
      if (plain !== undefined) parts.push({ kind: 'text', text: plain.replaceAll(/\\(.)/g, '$1') });
      else if (reader.take('\\Q')) parts.push(...this.#quoted());
      else parts.push(this.#repeated(this.#atom()));
    }
    if (parts.length === 0) return EMPTY;
    return parts.length === 1 ? parts[0]! : { kind: 'sequence', parts };
  }

  #quoted(): PatternNode[] {
    const parts: PatternNode[] = [];
    while (!this.#reader.isAtEnd && !this.#reader.take('\\E')) {
      parts.push(this.#char([this.#reader.next()]));
    }
    const last = parts.pop();
    return last === undefined ? [] : [...parts, this.#repeated(last)];
  }

  #repeated(atom: PatternNode): PatternNode {
    const reader = this.#reader;
    const start = reader.position;
    const [min, max] = this.#quantifier();
    if (min === undefined) return atom;
    if (min > MAX_REPEAT || max < min || (max > MAX_REPEAT && max !== Infinity)) {
      reader.fail('invalid repeat count', start);
    }
    const isGreedy = reader.take('?') === this.#flags.U;
    const end = reader.position;
    if (this.#quantifier()[0] !== undefined) {
      reader.fail('invalid nested repetition operator', start);
    }
    reader.position = end;
    return { kind: 'repeat', body: atom, min, max, isGreedy };
  }

  /** Reads a quantifier; `[undefined, 0]` where there is none. */
  #quantifier(): [min: number | undefined, max: number] {
    const reader = this.#reader;
    if (reader.take('*')) return [0, Infinity];
    if (reader.take('+')) return [1, Infinity];
    if (reader.take('?')) return [0, 1];
    const counts = reader.takeMatch(/\{(\d+)(,(\d*))?\}/y);
    if (counts === undefined) return [undefined, 0];
    const [, min, comma, max] = counts;
    if (comma === undefined) return [Number(min), Number(min)];
    return [Number(min), max === '' ? Infinity : Number(max)];
  }

  #atom(): PatternNode {
    const reader = this.#reader;
    const start = reader.position;
    if (reader.take('(')) return this.#group(start);
    if (reader.take('[')) return this.#set(parseClass(reader, start));
    if (reader.take('.')) return this.#char(this.#flags.s ? [] : [10], true);
    if (reader.take('^')) return assert(this.#flags.m ? 'lineStart' : 'textStart');
    if (reader.take('$')) return assert(this.#flags.m ? 'lineEnd' : 'textEnd');
    if (this.#quantifier()[0] !== undefined) {
      reader.fail('missing argument to repetition operator', start);
    }
    return reader.take('\\') ? this.#escape(start) : this.#char([reader.next()]);
  }

  #escape(start: number): PatternNode {
    const reader = this.#reader;
    if (reader.take('A')) return assert('textStart');
    if (reader.take('z')) return assert('textEnd');
    if (reader.take('b')) return assert('boundary');
    if (reader.take('B')) return assert('inside');
    const letter = reader.takeMatch(/[dswDSW]/y)?.[0];
    if (letter !== undefined) return this.#set({ ranges: perlClasses[letter]! });
    const escape = reader.escape(start);
    return typeof escape === 'number'
      ? this.#char([escape])
      : this.#set({ ranges: [], categories: [escape] });
  }

  #char(codes: readonly number[], isNegated = false): PatternNode {
    return this.#set({ ranges: codes.flatMap((it) => [it, it]), isNegated });
  }

  #set({ ranges = [], categories = [], isNegated = false }: Partial<CharSetParts>): PatternNode {
    const parts = { ranges, categories, isNegated };
    return { kind: 'char', set: new CharSet(parts, this.#flags.i) };
  }

  #group(start: number): PatternNode {
    const reader = this.#reader;
    const outside = this.#flags;
    if (!reader.take('?')) return this.#capture();
    const name = reader.takeMatch(/P?<(\w+)>/y)?.[1];
    if (name !== undefined) {
      if (this.groupNames.has(name)) reader.fail('duplicate capture group name', start);
      this.groupNames.set(name, this.groupCount + 1);
      return this.#capture();
    }
    const flags = reader.takeMatch(/([imsU]*)(?:-([imsU]+))?([:)])/y);
    if (flags === undefined) {
      if (!reader.isAtEnd) reader.next();
      return reader.fail('invalid or unsupported Perl syntax', start);
    }
    const [, on = '', off = '', end] = flags;
    const entries = Object.entries(outside).map(([flag, value]) => [
      flag,
      off.includes(flag) ? false : on.includes(flag) || value,
    ]);
    this.#flags = Object.fromEntries(entries) as unknown as Flags;
    if (end === ')') return EMPTY;
    const body = this.#body();
    this.#flags = outside;
    return body;
  }

  #capture(): PatternNode {
    const index = ++this.groupCount;
    return { kind: 'group', index, body: this.#body() };
  }

  #body(): PatternNode {
    const body = this.#choice();
    if (!this.#reader.take(')')) this.#reader.fail('missing closing )');
    return body;
  }
}

const assert = (assertion: Extract<PatternNode, { kind: 'assert' }>['assertion']): PatternNode => ({
  kind: 'assert',
  assertion,
});
