import { setTimeout as pause } from 'node:timers/promises';

/** What runs at the end of a drain. */
export type ShutdownTask = (signal: AbortSignal) => unknown;

/** What an application wants done when nothing is under way any more. */
export class ShutdownTasks {
  readonly #works = new Map<symbol, readonly [name: string, run: ShutdownTask]>();

  /** Has it run. @returns Takes it back. */
  add(name: string, run: ShutdownTask): () => void {
    const key = Symbol(name);
    this.#works.set(key, [name, run]);
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
    const over = new AbortController();
    const limit = pause(limitMs, undefined, { signal: over.signal }).catch(() => undefined);
    const faults = await Promise.all(
      [...this.#works.values()].map(([name, run]) =>
        Promise.race([
          faultOf(name, () => run(late.signal)),
          limit.then(() => `${name} is not over after ${Math.round(limitMs)} ms`),
        ]),
      ),
    );
    over.abort();
    late.abort();
    return faults.filter((it) => it !== undefined);
  }
}

async function faultOf(name: string, run: () => unknown): Promise<string | undefined> {
  try {
    await run();
    return undefined;
  } catch (error) {
    return `${name} failed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
