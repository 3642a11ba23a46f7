import type { Instruction, Program } from './program.js';

const MAX_STATES = 300;
// Instructions of all states: a few milliseconds.
const MAX_VISITS = 10_000;
const MAX_CHARS = 256;

/** Set of instructions that are reached together, and the sets that follow it by character. */
interface State {
  /** Indices of the instructions that read a character. */
  readonly readers: readonly number[];
  readonly isMatch: boolean;
  readonly next: Map<number, State>;
}

/**
 * Deterministic automaton of a program, made while texts are read: a character that was seen before in a state costs a
 * look into a map. An expression that needs too many states is left to the automaton that has none.
 */
export class StateTable {
  readonly #instructions: readonly Instruction[];
  readonly #states = new Map<string, State>();
  readonly #start: State;
  #visits = 0;
  /** True once the expression needs too many states. */
  isFull = false;

  /** @param program - Program without assertions. */
  constructor({ instructions, start }: Program) {
    this.#instructions = instructions;
    this.#start = this.#stateOf([start]);
  }

  /** Returns true for a program that a table can represent. */
  static canRepresent({ instructions }: Program): boolean {
    return instructions.every(({ kind }) => kind !== 'assert');
  }

  /** Returns true for a text that matches; undefined where too many states are needed. */
  matches(text: string): boolean | undefined {
    let state = this.#start;
    for (let at = 0; at < text.length;) {
      const code = text.codePointAt(at)!;
      at += code > 0xffff ? 2 : 1;
      state = state.next.get(code) ?? this.#follow(state, code);
      if (state.readers.length === 0 && at < text.length) return false;
      if (this.isFull) return undefined;
    }
    return state.isMatch;
  }

  #follow(state: State, code: number): State {
    const reached: number[] = [];
    for (const it of state.readers) {
      const instruction = this.#instructions[it]!;
      if (instruction.kind === 'char' && instruction.set.has(code)) reached.push(instruction.next);
    }
    const next = this.#stateOf(reached);
    if (state.next.size < MAX_CHARS) state.next.set(code, next);
    return next;
  }

  #stateOf(reached: readonly number[]): State {
    const readers = new Set<number>();
    const seen = new Set<number>();
    const waiting = [...reached];
    let isMatch = false;
    for (let index = waiting.pop(); index !== undefined; index = waiting.pop()) {
      if (seen.has(index)) continue;
      seen.add(index);
      const it = this.#instructions[index]!;
      if (it.kind === 'match') isMatch = true;
      else if (it.kind === 'char') readers.add(index);
      else waiting.push(it.next, ...(it.kind === 'split' ? [it.other] : []));
    }
    this.#visits += seen.size;
    const sorted = [...readers].toSorted((a, b) => a - b);
    const key = `${sorted.join()} ${isMatch}`;
    const known = this.#states.get(key);
    if (known) return known;
    const state = { readers: sorted, isMatch, next: new Map<number, State>() };
    if (this.#states.size >= MAX_STATES || this.#visits > MAX_VISITS) this.isFull = true;
    else this.#states.set(key, state);
    return state;
  }
}
