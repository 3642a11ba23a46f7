import { types } from 'node:util';
import { isObservable, take } from 'rxjs';

/** What a consumer does with a stream. */
export type ConsumerStep = 'next' | 'return' | 'throw';

/** Everything that a caller can see of a call, in order, by identity. */
export class Transcript {
  readonly lines: unknown[][] = [];
  #made: unknown;

  readonly note = (...line: unknown[]): void => void this.lines.push(line);

  /** Remembers an object that is to reach the caller as it is. */
  readonly made = <T>(object: T): T => (this.#made = object) as T;

  /** Calls a method and consumes what it returns. */
  async call(work: () => unknown, steps: readonly ConsumerStep[]): Promise<void> {
    let result: unknown;
    try {
      result = work();
    } catch (error) {
      return this.note('threw', error);
    }
    this.note(typeof result, Object.prototype.toString.call(result));
    if (this.#made !== undefined) this.note('is what was made', result === this.#made);
    await this.#consume(result, steps);
  }

  async #consume(result: unknown, steps: readonly ConsumerStep[]): Promise<void> {
    if (types.isPromise(result)) return this.#await('settled', result);
    if (isObservable(result)) return this.#subscribe(result, steps.length);
    if (isIterator(result)) return this.#iterate(result, steps);
    if (Array.isArray(result)) return this.note('list', ...(result as unknown[]));
    if (this.#made === undefined) this.note('returned', result);
  }

  async #await(what: string, promise: unknown): Promise<void> {
    try {
      this.note(what, await promise);
    } catch (error) {
      this.note(`${what} with an error`, error);
    }
  }

  #subscribe(source: ReturnType<typeof asObservable>, count: number): void {
    const observer = {
      next: (value: unknown) => this.note('next', value),
      error: (error: unknown) => this.note('error', error),
      complete: () => this.note('complete'),
    };
    source.subscribe(observer).unsubscribe();
    source.pipe(take(count)).subscribe(observer).unsubscribe();
  }

  async #iterate(iterator: AnyIterator, steps: readonly ConsumerStep[]): Promise<void> {
    const self = iterator[Symbol.asyncIterator] ?? iterator[Symbol.iterator];
    this.note('iterates itself', self?.call(iterator) === iterator);
    for (const [i, step] of [...steps, ...Array<ConsumerStep>(6).fill('next')].entries()) {
      const advance = iterator[step];
      this.note(step, typeof advance, advance?.length);
      if (advance === undefined) continue;
      await this.#step(() => advance.call(iterator, `sent ${i}`));
    }
  }

  async #step(advance: () => unknown): Promise<void> {
    try {
      const { done, value } = (await advance()) as IteratorResult<unknown>;
      this.note('stepped', done, value);
    } catch (error) {
      this.note('stepped into', error);
    }
  }
}

const asObservable = (it: unknown) => (isObservable(it) ? it : undefined)!;

type AnyIterator = Partial<Record<ConsumerStep | symbol, (value?: unknown) => unknown>>;

function isIterator(result: unknown): result is AnyIterator {
  return typeof (result as AnyIterator | null | undefined)?.next === 'function';
}
