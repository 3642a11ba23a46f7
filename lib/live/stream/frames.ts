import type { Clock } from '../../kernel/clock.js';
import { callTables } from '../state/live-metrics.js';
import type { LiveState } from '../state/live-state.js';
import { callThresholds } from '../state/thresholds.js';
import { type Expressions, expressionsOf } from '../state/expressions.js';
import { type Delta, deltaOf } from './delta.format.js';

/** A frame of the stream. */
interface Envelope {
  /** Number of the state. */
  readonly n: number;
  /** Unix time in milliseconds. */
  readonly at: number;
}

/** The whole state. */
export interface FullFrame extends Envelope {
  /** Time between two frames in milliseconds. */
  readonly every: number;
  readonly state: LiveState;
  /** PromQL of the numbers. */
  readonly expressions: Expressions;
  /** Values from which on calls are over their limit, by table. */
  readonly limits: typeof callThresholds;
}

/** Changes of the state with the number before. */
export interface ChangesFrame extends Envelope {
  readonly changes: Delta;
}

/** Length of a frame beyond which rows take turns. */
const MOST_BYTES = 4_000;
const SHARES = [1, 2, 4, 8];

/** Reads the state and makes frames of it. */
export class Frames {
  readonly #read: () => Promise<LiveState>;
  readonly #clock: Clock;
  readonly #everyMs: number;
  #current:
    { readonly state: LiveState; readonly number: number; readonly atMs: number } | undefined;
  #reading: Promise<string | undefined> | undefined;
  #number = 0;

  readonly #expressions: Expressions;

  constructor(
    read: () => Promise<LiveState>,
    { clock, namespace }: { readonly clock: Clock; readonly namespace: string },
    everyMs: number,
  ) {
    this.#read = read;
    this.#clock = clock;
    this.#everyMs = everyMs;
    this.#expressions = expressionsOf(namespace);
  }

  /** Returns the whole state, at most one interval old, as JSON. */
  async full(): Promise<string> {
    const age = this.#clock.wallMs() - (this.#current?.atMs ?? -Infinity);
    if (!(age >= 0 && age < this.#everyMs)) await this.next();
    const { state, number, atMs } = this.#current!;
    const [every, expressions] = [this.#everyMs, this.#expressions];
    const frame: FullFrame = {
      n: number,
      at: atMs,
      every,
      state,
      expressions,
      limits: callThresholds,
    };
    return JSON.stringify(frame);
  }

  /** Reads the state anew; returns the changes as JSON, `undefined` without a state before. Calls at the same time share one. */
  next(): Promise<string | undefined> {
    return (this.#reading ??= this.#next().finally(() => (this.#reading = undefined)));
  }

  /** Forgets the state. */
  clear(): void {
    this.#current = undefined;
  }

  async #next(): Promise<string | undefined> {
    const before = this.#current;
    const state = await this.#read();
    const at = this.#clock.wallMs();
    const n = ++this.#number;
    this.#current = { state, number: n, atMs: at };
    if (before === undefined) return undefined;
    for (const share of SHARES) {
      const shown = share === 1 ? state : inTurns(before.state, state, { share, turn: n % share });
      const frame: ChangesFrame = { n, at, changes: deltaOf(before.state, shown) ?? {} };
      const text = JSON.stringify(frame);
      if (text.length > MOST_BYTES && share !== SHARES.at(-1)) continue;
      this.#current = { state: shown, number: n, atMs: at };
      return text;
    }
    return undefined;
  }
}

/** Returns the state in which only some rows of each table are new: the others follow with the next frames. */
function inTurns(
  before: LiveState,
  after: LiveState,
  { share, turn }: { readonly share: number; readonly turn: number },
): LiveState {
  const tables = callTables.map((table) => {
    const rows = after[table].map((row, i) => {
      const old = before[table][i];
      return i % share === turn || old?.name !== row.name ? row : old;
    });
    return [table, rows] as const;
  });
  return { ...after, ...Object.fromEntries(tables) };
}
