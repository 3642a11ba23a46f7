import { QueryError } from '../query-error.js';
import { isWordChar } from './char-set.js';
import type { Assertion, ParsedPattern } from './pattern-node.js';
import { parsePattern } from './pattern-parser.js';
import { compileProgram, type Instruction } from './program.js';
import { StateTable } from './state-table.js';
import { wildcardTest } from './wildcards.js';

// Steps of one match, during which the event loop cannot turn: a few milliseconds.
const MAX_WORK = 200_000;
// Steps of all matches of one pattern: some seconds.
const MAX_TOTAL_WORK = 100_000_000;
const COMPARISONS_PER_STEP = 8;
const LINE_FEED = 10;
const NO_CHAR = -1;

/** Regular expression that matches whole texts, in time that is linear in their length. */
export interface Pattern {
  /** Returns true for a text that matches. @throws QueryError `OBS_QUERY_LIMIT` */
  test(text: string): boolean;
  /**
   * Returns a template with the groups of the match filled in: `$1`, `${name}`; `$$` stands for a dollar sign.
   *
   * @returns `undefined` for a text that does not match.
   * @throws QueryError `OBS_QUERY_LIMIT`
   */
  expand(text: string, template: string): string | undefined;
}

/**
 * Compiles a regular expression with the syntax of RE2. No text that it is given can make it run away, unlike the
 * expressions of the JavaScript engine.
 *
 * @throws QueryError `OBS_QUERY_SYNTAX`, `OBS_QUERY_LIMIT`
 */
export function compilePattern(expression: string): Pattern {
  const parsed = parsePattern(expression);
  const wildcards = wildcardTest(parsed.root);
  let automaton = wildcards ? undefined : new Automaton(parsed);
  return {
    test: wildcards ?? ((it) => automaton!.test(it)),
    expand: (text, template) => {
      automaton ??= new Automaton(parsed);
      const groups = automaton.run(text, true);
      return groups && fillIn(template, groups, parsed.groupNames);
    },
  };
}

type Slots = readonly number[];

/** Instructions that are reached, in order of preference, each with the positions of its groups. */
class Threads {
  readonly indices: Int32Array;
  readonly slots: Slots[] = [];
  count = 0;

  constructor(capacity: number) {
    this.indices = new Int32Array(capacity);
  }

  push(index: number, slots: Slots): void {
    this.indices[this.count] = index;
    this.slots[this.count++] = slots;
  }
}

/** Runs all ways through a program side by side, so that the time is linear, the preferred way first. */
class Automaton {
  readonly #instructions: readonly Instruction[];
  readonly #start: number;
  readonly #slotCount: number;
  /** Step at which each instruction was last reached. */
  readonly #reachedAt: Uint32Array;
  readonly #waiting: Threads;
  readonly #table: StateTable | undefined;
  #threads: Threads;
  #next: Threads;
  #step = 0;
  #work = 0;
  #totalWork = 0;

  constructor({ root, groupCount }: ParsedPattern) {
    const program = compileProgram(root);
    const { instructions, start } = program;
    this.#instructions = instructions;
    this.#start = start;
    this.#slotCount = groupCount * 2 + 2;
    const capacity = instructions.length;
    this.#reachedAt = new Uint32Array(capacity);
    // An instruction waits once for each one that leads to it.
    this.#waiting = new Threads(capacity * 2 + 1);
    this.#threads = new Threads(capacity);
    this.#next = new Threads(capacity);
    this.#table = StateTable.canRepresent(program) ? new StateTable(program) : undefined;
  }

  /** Returns true for a text that matches. */
  test(text: string): boolean {
    const answer = this.#table?.isFull === false ? this.#table.matches(text) : undefined;
    return answer ?? this.run(text, false) !== undefined;
  }

  /** Returns the text of each group, if wanted; `undefined` without a match. */
  run(text: string, wantsGroups: boolean): readonly (string | undefined)[] | undefined {
    this.#totalWork += this.#work;
    this.#work = 0;
    const nothing = Array.from({ length: wantsGroups ? this.#slotCount : 0 }, () => -1);
    this.#step++;
    this.#next.count = 0;
    this.#follow(this.#start, nothing, { text, at: 0 });
    let at = 0;
    while (at < text.length && this.#next.count > 0) {
      const code = text.codePointAt(at)!;
      at += code > 0xffff ? 2 : 1;
      this.#advance(code, { text, at });
    }
    const { indices, slots, count } = this.#next;
    const found = indices
      .subarray(0, count)
      .findIndex((it) => this.#instructions[it]!.kind === 'match');
    if (found === -1 || at < text.length) return undefined;
    return wantsGroups ? groupsOf(text, slots[found]!) : [];
  }

  #advance(code: number, place: Place): void {
    const threads = this.#next;
    this.#next = this.#threads;
    this.#threads = threads;
    this.#next.count = 0;
    this.#step++;
    for (let i = 0; i < threads.count; i++) {
      const instruction = this.#instructions[threads.indices[i]!]!;
      if (instruction.kind !== 'char') continue;
      this.#spend(1 + instruction.set.ranges.length / COMPARISONS_PER_STEP);
      if (instruction.set.has(code)) this.#follow(instruction.next, threads.slots[i]!, place);
    }
  }

  /** Adds the instructions that a thread reaches without reading a character, in order of preference. */
  #follow(start: number, startSlots: Slots, place: Place): void {
    const waiting = this.#waiting;
    waiting.push(start, startSlots);
    while (waiting.count > 0) {
      const index = waiting.indices[--waiting.count]!;
      const slots = waiting.slots[waiting.count]!;
      if (this.#reachedAt[index] === this.#step) continue;
      this.#reachedAt[index] = this.#step;
      this.#spend(1);
      const it = this.#instructions[index]!;
      if (it.kind === 'split') {
        waiting.push(it.other, slots);
        waiting.push(it.next, slots);
      } else if (it.kind === 'save') {
        this.#spend(slots.length / COMPARISONS_PER_STEP);
        waiting.push(it.next, slots.length === 0 ? slots : slots.with(it.slot, place.at));
      } else if (it.kind === 'assert') {
        if (holds(it.assertion, place)) waiting.push(it.next, slots);
      } else {
        this.#next.push(index, slots);
      }
    }
  }

  #spend(steps: number): void {
    this.#work += steps;
    if (this.#work <= MAX_WORK && this.#totalWork <= MAX_TOTAL_WORK) return;
    const detail = 'matching a regular expression takes too much work';
    const remedy = 'Use a simpler expression, or match fewer series by another label first.';
    throw new QueryError('OBS_QUERY_LIMIT', { detail, remedy });
  }
}

function groupsOf(text: string, slots: Slots): readonly (string | undefined)[] {
  const places = slots.with(0, 0).with(1, text.length);
  return Array.from({ length: places.length / 2 }, (_, i) =>
    places[2 * i + 1] === -1 ? undefined : text.slice(places[2 * i], places[2 * i + 1]),
  );
}

interface Place {
  readonly text: string;
  readonly at: number;
}

function holds(assertion: Assertion, { text, at }: Place): boolean {
  const before = at === 0 ? NO_CHAR : text.charCodeAt(at - 1);
  const after = at >= text.length ? NO_CHAR : text.charCodeAt(at);
  switch (assertion) {
    case 'textStart':
      return before === NO_CHAR;
    case 'textEnd':
      return after === NO_CHAR;
    case 'lineStart':
      return before === NO_CHAR || before === LINE_FEED;
    case 'lineEnd':
      return after === NO_CHAR || after === LINE_FEED;
    default:
      return (isWordChar(before) !== isWordChar(after)) === (assertion === 'boundary');
  }
}

function fillIn(
  template: string,
  groups: readonly (string | undefined)[],
  names: ReadonlyMap<string, number>,
): string {
  const found = template.matchAll(/\$(?:(\$)|(\w+)|\{(\w+)\})/g);
  let text = '';
  let end = 0;
  for (const { 0: reference, 1: dollar, 2: plain, 3: braced, index } of found) {
    const name = plain ?? braced ?? '';
    const group = /^\d+$/.test(name) ? Number(name) : (names.get(name) ?? -1);
    text += template.slice(end, index) + (dollar ?? groups[group] ?? '');
    end = index + reference.length;
  }
  return text + template.slice(end);
}
