import { Observable, type OperatorFunction, Subscriber } from 'rxjs';
import type { Stage } from '../stage.js';
import { WINDOW_TYPES, WindowedEvents, type Windows, type WindowType } from './windows.js';

/** Options of a stage around an operator of rxjs. */
export interface OperatorStageOptions<R> {
  /** Type of the windows that the operator emits when they close. @defaultValue its results are no windows */
  readonly window?: WindowType;
  /** Returns the number of events of a window. @defaultValue the length of a list, or the events since the last window */
  size?(result: R): number;
  /** Returns the bytes of a window. @defaultValue unknown */
  bytes?(result: R): number;
}

/** Returns an operator that does the same and is counted as a stage. */
export function observedOperator<T, R>(
  operator: OperatorFunction<T, R>,
  stage: Stage,
  options: OperatorStageOptions<R>,
): OperatorFunction<T, R> {
  const windows = windowsOf(stage, options);
  return (source) =>
    new Observable<R>((subscriber) => {
      const events = windows === undefined ? undefined : new WindowedEvents(windows);
      subscriber.add(() => events?.end());
      const arriving = (event: T) => {
        stage.in++;
        events?.arrive(event);
      };
      const leaving = (result: R) => {
        stage.out++;
        events?.close(result);
      };
      const arrivals = new Observable<T>((inner) => {
        const seen = new Seen(inner, arriving, () => events?.arrived());
        events?.open(seen);
        source.subscribe(seen);
      });
      operator(arrivals).subscribe(new Seen(subscriber, leaving));
    });
}

function windowsOf<R>(stage: Stage, options: OperatorStageOptions<R>): Windows | undefined {
  try {
    const { window, ...hooks } = options;
    if (window === undefined) return undefined;
    if (WINDOW_TYPES.includes(window)) return stage.windows({ window, ...hooks });
    throw new TypeError(`the option window of stage() is one of ${WINDOW_TYPES.join(', ')}`);
  } catch (error) {
    stage.report(error);
    return undefined;
  }
}

/* oxlint-disable no-underscore-dangle -- the names of rxjs */
class Seen<T> extends Subscriber<T> {
  readonly #see: (event: T) => void;
  readonly #passed: (() => void) | undefined;

  constructor(destination: Subscriber<T>, see: (event: T) => void, passed?: () => void) {
    super(destination);
    this.#see = see;
    this.#passed = passed;
  }

  protected override _next(event: T): void {
    this.#see(event);
    super._next(event);
    this.#passed?.();
  }
}
/* oxlint-enable no-underscore-dangle */
