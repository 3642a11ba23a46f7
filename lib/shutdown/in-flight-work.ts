import { endsWithin } from '../kernel/time-limit.js';

/** Countable in-flight work. */
export interface WorkInFlight {
  /** Name for the log. */
  readonly name: string;
  /** Returns the current number of pieces, 0 or more. */
  count(): number;
}

/** In-flight work that a drain waits for, counted by its sources. */
export class InFlightWork {
  readonly #works: WorkInFlight[] = [];
  readonly #held = new Map<symbol, string>();

  /** Adds a source of work. */
  add(work: WorkInFlight): void {
    this.#works.push(work);
  }

  /** Counts one piece of work until the returned function is called. */
  hold(name: string): () => void {
    const key = Symbol('work');
    this.#held.set(key, textOf(name));
    return () => void this.#held.delete(key);
  }

  /** Returns the total number of pieces. */
  count(): number {
    return this.#works.reduce((sum, it) => sum + it.count(), this.#held.size);
  }

  /** Describes the work for the log. */
  describe(): string {
    const counted = this.#works
      .map((it) => [it.count(), it.name] as const)
      .filter(([count]) => count > 0)
      .map(([count, name]) => `${count} ${name}`);
    return [...counted, ...new Set(this.#held.values())].join(', ');
  }
}

/** Task at the end of a drain. */
export type ShutdownTask = (signal: AbortSignal) => unknown;

/** Tasks that run after all in-flight work has finished. */
export class ShutdownTasks {
  readonly #works = new Map<symbol, readonly [name: string, run: ShutdownTask]>();

  /** Adds a task. @returns Removes the task. */
  add(name: string, run: ShutdownTask): () => void {
    const key = Symbol('task');
    this.#works.set(key, [textOf(name), run]);
    return () => void this.#works.delete(key);
  }

  /**
   * Runs all tasks concurrently. Never rejects.
   *
   * @param limitMs - Time limit in milliseconds, 0 or more.
   * @returns A log line for each task that did not succeed in time.
   */
  async run(limitMs: number): Promise<string[]> {
    if (this.#works.size === 0) return [];
    const late = new AbortController();
    const faults = await Promise.all(
      [...this.#works.values()].map(async ([name, run]) => {
        const fault = faultOf(name, () => run(late.signal));
        if (await endsWithin(fault, { limitMs, keepsAlive: true })) return fault;
        return `${name} is not over after ${Math.round(limitMs)} ms`;
      }),
    );
    late.abort();
    return faults.filter((it) => it !== undefined);
  }
}

/** The name is for the log only: what cannot be one must not fail the work. */
function textOf(name: unknown): string {
  return typeof name === 'string' ? name : 'work';
}

async function faultOf(name: string, run: () => unknown): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return `${name} failed: ${messageOf(error)}`;
  }
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'an unreadable error';
  }
}
