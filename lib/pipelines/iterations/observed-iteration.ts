import type { BlockedTime } from '../health/blocked-time.js';
import type { OpenRun, Runs } from '../runs.js';

/** Stream of a pipeline, as an iteration sees it. */
interface IteratedStream {
  /** Counts a loop until its end. */
  iterate(): { readonly blocked: BlockedTime; readonly end: () => void };
  pass(event: unknown): void;
}

/** Returns an iterable of the same events. Each iteration is a run. */
export function observedIterable<T>(
  source: AsyncIterable<T>,
  { runs, stream }: { readonly runs: Runs; readonly stream: IteratedStream | undefined },
): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = source[Symbol.asyncIterator]();
      const loop = stream?.iterate();
      const run = runs.begin(loop?.end);
      const observed = new ObservedIterator(iterator, { run, stream, blocked: loop?.blocked });
      runs.follow(run, observed);
      return observed;
    },
  };
}

interface Iteration {
  readonly run: OpenRun;
  readonly stream: IteratedStream | undefined;
  readonly blocked: BlockedTime | undefined;
}

class ObservedIterator<T> implements AsyncIterator<T> {
  readonly #iterator: AsyncIterator<T>;
  readonly #run: OpenRun;
  readonly #stream: IteratedStream | undefined;
  readonly #blocked: BlockedTime | undefined;

  constructor(iterator: AsyncIterator<T>, { run, stream, blocked }: Iteration) {
    this.#iterator = iterator;
    this.#run = run;
    this.#stream = stream;
    this.#blocked = blocked;
  }

  next(value?: unknown): Promise<IteratorResult<T>> {
    this.#blocked?.unblock();
    return this.#take(() => this.#iterator.next(value as never));
  }

  /** Called by a loop that leaves early, by `break`, `return` or an error. */
  async return(value?: unknown): Promise<IteratorResult<T>> {
    this.#run.end('cancelled');
    const end = { done: true as const, value };
    return (await this.#iterator.return?.(value)) ?? end;
  }

  async throw(error?: unknown): Promise<IteratorResult<T>> {
    this.#run.end('failed');
    if (this.#iterator.throw === undefined) throw error;
    return this.#iterator.throw(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #take(step: () => Promise<IteratorResult<T>>): Promise<IteratorResult<T>> {
    try {
      const result = await step();
      if (result.done === true) this.#run.end('completed');
      else {
        this.#stream?.pass(result.value);
        // Until the loop asks for the next event.
        this.#blocked?.block();
      }
      return result;
    } catch (error) {
      this.#run.end('failed');
      throw error;
    }
  }
}
