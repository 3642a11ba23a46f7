import { Observable, Subscriber } from 'rxjs';
import type { PipelineInstruments } from './connection.js';
import { OpenSubscriptions } from './open-subscriptions.js';

type RunOutcome = 'completed' | 'failed' | 'cancelled';

/** Runs of one pipeline. */
export class Runs {
  readonly #ended = new Map<RunOutcome, number>();
  readonly #followed = new OpenSubscriptions<OpenRun>((it) => it.end('cancelled'));
  open = 0;

  /** Begins a run. @returns Run to end, once: further ends have no effect. */
  begin(ended?: () => void): OpenRun {
    if (this.#ended.size === 0) {
      for (const it of ['completed', 'failed', 'cancelled'] as const) this.#ended.set(it, 0);
    }
    this.open++;
    const run = new OpenRun((outcome) => {
      this.open--;
      this.#followed.delete(run);
      ended?.();
      if (outcome !== undefined) this.#ended.set(outcome, (this.#ended.get(outcome) ?? 0) + 1);
    });
    return run;
  }

  /** Ends a run when its owner, to which it does not refer, is collected. */
  follow(run: OpenRun, owner: object): void {
    this.#followed.add(run, owner);
  }

  /** Lets go of the owners of runs. */
  release(): void {
    this.#followed.all();
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

/** Run that has not ended. */
export class OpenRun {
  readonly #ended: (outcome: RunOutcome | undefined) => void;
  #isOpen = true;

  constructor(ended: (outcome: RunOutcome | undefined) => void) {
    this.#ended = ended;
  }

  /** Ends the run; without an outcome, it was none. */
  end(outcome?: RunOutcome): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#ended(outcome);
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
  readonly #run: OpenRun;

  constructor(destination: Subscriber<T>, runs: Runs) {
    super(destination);
    this.#run = runs.begin();
    runs.follow(this.#run, this);
    if (this.closed) this.#run.end('cancelled');
  }

  override unsubscribe(): void {
    // A consumer that has ended already unsubscribes in `super`, before there are private members.
    if (#run in this) this.#run.end('cancelled');
    super.unsubscribe();
  }

  protected override _error(error: unknown): void {
    this.#run.end('failed');
    super._error(error);
  }

  protected override _complete(): void {
    this.#run.end('completed');
    super._complete();
  }
}
/* oxlint-enable no-underscore-dangle */
