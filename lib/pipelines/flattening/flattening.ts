import {
  concatMap,
  exhaustMap,
  from,
  mergeMap,
  Observable,
  type ObservableInput,
  type OperatorFunction,
  Subscriber,
  switchMap,
} from 'rxjs';
import type { Clock } from '../../kernel/clock.js';
import { Flow } from './flow.js';
import type { Stage } from '../stage.js';
import type { StageCall } from '../stage-call.js';

/** Work on each event of a stage. */
export type Project<T, R> = (event: T, index: number) => ObservableInput<R>;

type Begin<T, R> = (event: T, index: number) => Observable<R>;

/** Operator of rxjs, which decides about events that arrive while others are worked on. */
export type Flattening = 'mergeMap' | 'concatMap' | 'switchMap' | 'exhaustMap';

const operators = {
  mergeMap: <T, R>(begin: Begin<T, R>, concurrency: number) => mergeMap(begin, concurrency),
  concatMap: <T, R>(begin: Begin<T, R>) => concatMap(begin),
  switchMap: <T, R>(begin: Begin<T, R>) => switchMap(begin),
  exhaustMap: <T, R>(begin: Begin<T, R>) => exhaustMap(begin),
};

/** Returns an operator of rxjs whose events are counted and whose work runs in the trace of its event. */
export function flattening<T, R>(
  kind: Flattening,
  project: Project<T, R>,
  {
    stage,
    clock,
    concurrency,
  }: {
    readonly stage: Stage;
    readonly clock: () => Clock;
    readonly concurrency: number;
  },
): OperatorFunction<T, R> {
  return (source) =>
    new Observable<R>((subscriber) => {
      const flow = new Flow(stage, clock, kind === 'exhaustMap');
      subscriber.add(() => flow.close());
      const begin = (event: T, index: number) => {
        flow.begin();
        return workOn(event, stage, () => project(event, index));
      };
      const arrivals = new Observable<T>((inner) => source.subscribe(new Arrivals(inner, flow)));
      arrivals.pipe(operators[kind](begin, concurrency)).subscribe(subscriber);
    });
}

function workOn<T, R>(event: T, stage: Stage, work: () => ObservableInput<R>): Observable<R> {
  const { binding } = stage;
  if (binding === undefined) return from(work());
  const call = stage.call(binding, event, 'none');
  const startedMs = call.start();
  let result: Observable<R>;
  try {
    const given = call.run(work);
    call.holdFor(given);
    result = from(given);
  } catch (error) {
    call.fail(startedMs, error);
    throw error;
  }
  return new Observable<R>((subscriber) => {
    const results = new Results(subscriber, call, startedMs);
    call.run(() => result.subscribe(results));
  });
}

/* oxlint-disable no-underscore-dangle -- the names of rxjs */
/** Subscriber between a source and the operator. */
class Arrivals<T> extends Subscriber<T> {
  readonly #flow: Flow;

  constructor(destination: Subscriber<T>, flow: Flow) {
    super(destination);
    this.#flow = flow;
    flow.open(this);
  }

  protected override _next(event: T): void {
    this.#flow.arrive(event, () => super._next(event));
  }
}

/** Subscriber between the results of the work on one event and the operator. It notices when the operator leaves it. */
class Results<R> extends Subscriber<R> {
  readonly #call: StageCall;
  readonly #startedMs: number;
  #isOpen = true;

  constructor(destination: Subscriber<R>, call: StageCall, startedMs: number) {
    super(destination);
    this.#call = call;
    this.#startedMs = startedMs;
    if (this.closed) this.#cancel();
  }

  override unsubscribe(): void {
    // A consumer that has ended already unsubscribes in `super`, before there are private members.
    if (#isOpen in this) this.#cancel();
    super.unsubscribe();
  }

  protected override _next(result: R): void {
    this.#call.emitted(result);
    super._next(result);
  }

  protected override _error(error: unknown): void {
    if (this.#close()) this.#call.fail(this.#startedMs, error);
    super._error(error);
  }

  protected override _complete(): void {
    if (this.#close()) this.#call.succeed(this.#startedMs, undefined);
    super._complete();
  }

  #cancel(): void {
    if (this.#close()) this.#call.cancel(this.#startedMs);
  }

  #close(): boolean {
    const wasOpen = this.#isOpen;
    this.#isOpen = false;
    return wasOpen;
  }
}
/* oxlint-enable no-underscore-dangle */
