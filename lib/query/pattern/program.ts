import { QueryError } from '../query-error.js';
import { CharSet } from './char-set.js';
import { type Assertion, isNullable, type PatternNode } from './pattern-node.js';

// Each character of a value visits each instruction at most once.
const MAX_INSTRUCTIONS = 2_000;

/** Instruction of a program; instructions refer to each other by index. */
export type Instruction =
  | { readonly kind: 'char'; readonly set: CharSet; next: number }
  | { readonly kind: 'assert'; readonly assertion: Assertion; next: number }
  | { readonly kind: 'save'; readonly slot: number; next: number }
  /** `next` is preferred to `other`. */
  | { readonly kind: 'split'; next: number; other: number }
  | { readonly kind: 'match' };

/** Program of a nondeterministic automaton. */
export interface Program {
  readonly instructions: readonly Instruction[];
  /** Index of the first instruction. */
  readonly start: number;
}

/**
 * Compiles a regular expression that matches whole texts.
 *
 * @throws QueryError `OBS_QUERY_LIMIT` for one with more than 2,000 instructions.
 */
export function compileProgram(root: PatternNode): Program {
  const compiler = new Compiler();
  const match = compiler.add({ kind: 'match' });
  const start = compiler.compile(root, match);
  return { instructions: compiler.instructions, start };
}

/** Compiles from the end to the start, so that each instruction knows its successor. */
class Compiler {
  readonly instructions: Instruction[] = [];

  add(instruction: Instruction): number {
    if (this.instructions.length >= MAX_INSTRUCTIONS) {
      const detail = `regular expression has more than ${MAX_INSTRUCTIONS} states`;
      const remedy = 'Use fewer or smaller repetitions.';
      throw new QueryError('OBS_QUERY_LIMIT', { detail, remedy });
    }
    return this.instructions.push(instruction) - 1;
  }

  /** Returns the index of the first instruction of a node that goes on at `next`. */
  compile(node: PatternNode, next: number): number {
    switch (node.kind) {
      case 'empty':
        return next;
      case 'char':
        return this.add({ kind: 'char', set: node.set, next });
      case 'text':
        return this.#text(node.text, next);
      case 'assert':
        return this.add({ kind: 'assert', assertion: node.assertion, next });
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.compile(part, after), next);
      case 'choice': {
        const starts = node.options.map((it) => this.compile(it, next));
        return starts.reduceRight((other, it) => this.add({ kind: 'split', next: it, other }));
      }
      case 'group': {
        const end = this.add({ kind: 'save', slot: node.index * 2 + 1, next });
        const body = this.compile(node.body, end);
        return this.add({ kind: 'save', slot: node.index * 2, next: body });
      }
      case 'repeat':
        return this.#repeat(node, next);
    }
  }

  #text(text: string, next: number): number {
    let start = next;
    for (const char of [...text].toReversed()) {
      start = this.add({ kind: 'char', set: CharSet.of(char), next: start });
    }
    return start;
  }

  #repeat(node: Extract<PatternNode, { kind: 'repeat' }>, next: number): number {
    const { body, min, max, isGreedy } = node;
    let start = next;
    if (max === Infinity) {
      // A body that can be empty is entered once and repeated from its end: as in Go, (a?)* tries a before nothing.
      const endsFirst = min > 0 || isNullable(body);
      start = this.#loop(body, { next, isGreedy, endsFirst });
      if (min === 0 && endsFirst) start = this.#split(start, next, isGreedy);
    } else {
      for (let i = min; i < max; i++) {
        start = this.#split(this.compile(body, start), next, isGreedy);
      }
    }
    const copies = max === Infinity ? min - 1 : min;
    for (let i = 0; i < copies; i++) start = this.compile(body, start);
    return start;
  }

  /** Compiles `body+` with `endsFirst`, else `body*`. */
  #loop(
    body: PatternNode,
    { next, isGreedy, endsFirst }: { next: number; isGreedy: boolean; endsFirst: boolean },
  ): number {
    const loop = this.#split(next, next, isGreedy);
    const start = this.compile(body, loop);
    const split = this.instructions[loop] as Extract<Instruction, { kind: 'split' }>;
    if (isGreedy) split.next = start;
    else split.other = start;
    return endsFirst ? start : loop;
  }

  #split(body: number, next: number, isGreedy: boolean): number {
    return isGreedy
      ? this.add({ kind: 'split', next: body, other: next })
      : this.add({ kind: 'split', next, other: body });
  }
}
