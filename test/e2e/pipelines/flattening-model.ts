import type { Flattening } from '../../../lib/pipelines/index.js';

/** What happens to a stage: an event arrives whose work ends at once or later; work ends or fails; the consumer leaves. */
export type Action =
  readonly ['push', 'now' | 'later'] | readonly ['end' | 'fail', number] | readonly ['leave'];

/** What a stage has to count, by the rules of rxjs. */
export class FlatteningModel {
  readonly counts = { in: 0, out: 0, waiting: 0, working: 0, overflow: 0, cancelled: 0, failed: 0 };
  readonly #waiting: ('now' | 'later')[] = [];
  readonly #kind: Flattening;
  readonly #limit: number;
  #isClosed = false;

  constructor(kind: Flattening, limit: number) {
    this.#kind = kind;
    this.#limit = limit;
  }

  act([what, which]: Action): void {
    const { counts } = this;
    if (this.#isClosed) return;
    if (what === 'push') this.#arrive(which);
    else if (what === 'leave') this.#close();
    else if (counts.working > 0) {
      counts.working--;
      counts[what === 'end' ? 'out' : 'failed']++;
      if (what === 'end') this.#next();
      else this.#close();
    }
  }

  #arrive(work: 'now' | 'later'): void {
    const { counts } = this;
    counts.in++;
    if (counts.working < this.#limit) this.#begin(work);
    else if (this.#kind === 'exhaustMap') counts.overflow++;
    else if (this.#kind === 'switchMap') {
      counts.cancelled++;
      counts.working--;
      this.#begin(work);
    } else {
      this.#waiting.push(work);
      counts.waiting++;
    }
  }

  #begin(work: 'now' | 'later'): void {
    this.counts[work === 'now' ? 'out' : 'working']++;
  }

  #next(): void {
    const { counts } = this;
    while (counts.waiting > 0 && counts.working < this.#limit) {
      counts.waiting--;
      this.#begin(this.#waiting.shift() ?? 'later');
    }
  }

  #close(): void {
    const { counts } = this;
    this.#isClosed = true;
    counts.cancelled += counts.waiting + counts.working;
    counts.waiting = 0;
    counts.working = 0;
  }
}
