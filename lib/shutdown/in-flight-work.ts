import { endsWithin } from '../kernel/time-limit.js';

/** Something that the application is in the middle of. */
export interface WorkInFlight {
  /** What it is, for the log. */
  readonly name: string;
  /** How many of it there are now, 0 or more. */
  count(): number;
}

/** What a drain waits for: counted by whoever does it. */
export class InFlightWork {
  readonly #works: WorkInFlight[] = [];
  readonly #held = new Map<symbol, string>();

  /** Counts it in from now on. */
  add(work: WorkInFlight): void {
    this.#works.push(work);
  }

  /** Counts one piece of work until the function that is returned is called. */
  hold(name: string): () => void {
    const key = Symbol('work');
    this.#held.set(key, textOf(name));
    return () => void this.#held.delete(key);
  }

  /** How much there is in all. */
  count(): number {
    return this.#works.reduce((sum, it) => sum + it.count(), this.#held.size);
  }

  /** What there is, for the log. */
  describe(): string {
    const counted = this.#works
      .map((it) => [it.count(), it.name] as const)
      .filter(([count]) => count > 0)
      .map(([count, name]) => `${count} ${name}`);
    return [...counted, ...new Set(this.#held.values())].join(', ');
  }
}

/** What runs at the end of a drain. */
export type ShutdownTask = (signal: AbortSignal) => unknown;

/** What an application wants done when nothing is under way any more. */
export class ShutdownTasks {
  readonly #works = new Map<symbol, readonly [name: string, run: ShutdownTask]>();

  /** Has it run. @returns Takes it back. */
  add(name: string, run: ShutdownTask): () => void {
    const key = Symbol('task');
    this.#works.set(key, [textOf(name), run]);
    return () => void this.#works.delete(key);
  }

  /**
   * Runs all of it at once. Never rejects.
   *
   * @param limitMs - Milliseconds it is awaited for, 0 or more.
   * @returns What is to be said of each that did not succeed in time.
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
