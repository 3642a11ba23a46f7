import { Observable, Subscriber } from 'rxjs';
import type { PipelineInstruments } from './connection.js';

type RunOutcome = 'completed' | 'failed' | 'cancelled';

/** Runs of one pipeline. */
export class Runs {
  readonly #ended = new Map<RunOutcome, number>();
  open = 0;

  begin(): void {
    if (this.#ended.size === 0) {
      for (const it of ['completed', 'failed', 'cancelled'] as const) this.#ended.set(it, 0);
    }
    this.open++;
  }

  end(outcome: RunOutcome): void {
    this.open--;
    this.#ended.set(outcome, (this.#ended.get(outcome) ?? 0) + 1);
  }

  /** Brings the series up to date. */
  publish({ pipelines }: PipelineInstruments, pipeline: string): void {
    if (this.#ended.size === 0) return;
    pipelines.runs.labels({ pipeline }).set(this.open);
    for (const [outcome, runs] of this.#ended) {
      pipelines.ended.labels({ pipeline, outcome }).inc(runs);
      this.#ended.set(outcome, 0);
    }
  }
}

/** Returns an Observable whose subscriptions are runs. */
export function observedRun<T>(source: Observable<T>, runs: Runs): Observable<T> {
  return new Observable<T>((subscriber) => {
    source.subscribe(new Run(subscriber, runs));
  });
}

/* oxlint-disable no-underscore-dangle -- the names of rxjs */
class Run<T> extends Subscriber<T> {
  readonly #runs: Runs;
  #isOpen = true;

  constructor(destination: Subscriber<T>, runs: Runs) {
    super(destination);
    this.#runs = runs;
    runs.begin();
    if (this.closed) this.#end('cancelled');
  }

  override unsubscribe(): void {
    // A consumer that has ended already unsubscribes in `super`, before there are private members.
    if (#isOpen in this) this.#end('cancelled');
    super.unsubscribe();
  }

  protected override _error(error: unknown): void {
    this.#end('failed');
    super._error(error);
  }

  protected override _complete(): void {
    this.#end('completed');
    super._complete();
  }

  #end(outcome: RunOutcome): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#runs.end(outcome);
  }
}
/* oxlint-enable no-underscore-dangle */
