import type {
  Attributes,
  BatchObservableCallback,
  BatchObservableResult,
  Observable,
  ObservableCallback,
  ObservableResult,
} from '@opentelemetry/api';
import { absorb, shown } from '../../kernel/hooks.js';
import { endsWithin } from '../../kernel/time-limit.js';
import {
  type CallbackList,
  ObservableInstrument,
  type Observation,
} from './observable-instrument.js';

type Observations = Map<ObservableInstrument, Map<string, Observation>>;
type Call = (observe: Observe) => unknown;
type Observe = (
  instrument: ObservableInstrument,
  value: number,
  attributes: Attributes | undefined,
) => void;

/** A callback with what it has observed last. */
class ObservingCallback {
  readonly instruments: ReadonlySet<ObservableInstrument>;
  latest: Observations = new Map();
  isRunning = false;
  readonly #call: Call;

  constructor(instruments: Iterable<ObservableInstrument>, call: Call) {
    this.instruments = new Set(instruments);
    this.#call = call;
  }

  /**
   * Calls the callback, unless it is running. What it observes after a fault or the time limit has no effect.
   *
   * @returns The end of an asynchronous callback.
   */
  run(limitMs: number, report: (fault: unknown) => void): Promise<void> | undefined {
    if (this.isRunning) return undefined;
    const found: Observations = new Map();
    let isOpen = true;
    const end = (observations: Observations) => {
      isOpen = false;
      this.latest = observations;
    };
    const fail = (fault: unknown) => {
      if (isOpen) end(new Map());
      report(fault);
    };
    try {
      const answer = this.#call((instrument, value, attributes) => {
        if (isOpen) this.#observe(found, { instrument, value, attributes }, report);
      });
      if (!(answer instanceof Promise)) {
        end(found);
        return undefined;
      }
      return this.#finish(answer, limitMs, { end: () => end(found), fail });
    } catch (fault) {
      fail(fault);
      return undefined;
    }
  }

  async #finish(
    answer: Promise<unknown>,
    limitMs: number,
    { end, fail }: { readonly end: () => void; readonly fail: (fault: unknown) => void },
  ): Promise<void> {
    this.isRunning = true;
    const settled = answer.finally(() => (this.isRunning = false));
    absorb(settled);
    try {
      if (await endsWithin(settled, { limitMs })) end();
      else fail(new Error(`an observable callback did not end within ${limitMs} ms`));
    } catch (fault) {
      fail(fault);
    }
  }

  #observe(
    found: Observations,
    it: Observation & { readonly instrument: unknown },
    report: (fault: unknown) => void,
  ): void {
    const { instrument, value, attributes } = it;
    const isKnown = instrument instanceof ObservableInstrument && this.instruments.has(instrument);
    if (!isKnown || !instrument.accepts(value)) {
      const name = isKnown ? instrument.description.name : 'an instrument of another callback';
      report(new RangeError(`${name}: a callback observes finite numbers, got ${shown(value)}`));
      return;
    }
    let values = found.get(instrument);
    if (values === undefined) found.set(instrument, (values = new Map()));
    try {
      const key = JSON.stringify(Object.entries(attributes ?? {}).toSorted());
      values.set(key, { value, attributes: attributes && { ...attributes } });
    } catch (fault) {
      report(fault);
    }
  }
}

interface RegisteredCallback {
  /** The function of the application, which identifies the callback. */
  readonly key: unknown;
  readonly it: ObservingCallback;
  readonly order: number;
}

/** Calls all callbacks of the observable instruments and publishes what they observe. */
export class ObservationRounds implements CallbackList {
  #callbacks: RegisteredCallback[] = [];
  #added = 0;
  readonly #report: (fault: unknown) => void;
  #isPrepared = false;

  constructor(report: (fault: unknown) => void) {
    this.#report = report;
  }

  /** {@inheritDoc CallbackList.add} */
  add(instrument: ObservableInstrument, callback: ObservableCallback): void {
    if (!this.#isFunction(callback)) return;
    if (this.#find(callback, [instrument]) !== undefined) return;
    const call: Call = (observe) => {
      const result: ObservableResult = {
        observe: (value, attributes) => observe(instrument, value, attributes),
      };
      return callback(result);
    };
    this.#push(callback, new ObservingCallback([instrument], call));
  }

  /** {@inheritDoc CallbackList.remove} */
  remove(instrument: ObservableInstrument, callback: ObservableCallback): void {
    this.#drop(callback, [instrument]);
  }

  /** Adds a callback for several instruments. */
  addBatch(callback: BatchObservableCallback, observables: Iterable<Observable>): void {
    const instruments = ours(observables);
    if (!this.#isFunction(callback) || instruments.length === 0) return;
    if (this.#find(callback, instruments) !== undefined) return;
    const call: Call = (observe) => {
      const result: BatchObservableResult = {
        observe: (it, value, attributes) => observe(it as ObservableInstrument, value, attributes),
      };
      return callback(result);
    };
    this.#push(callback, new ObservingCallback(instruments, call));
  }

  /** Removes a callback for several instruments. */
  removeBatch(callback: BatchObservableCallback, observables: Iterable<Observable>): void {
    this.#drop(callback, ours(observables));
  }

  /** Calls all callbacks and waits for the asynchronous ones, at most for the time limit. It never rejects. */
  async prepare(limitMs: number): Promise<void> {
    const pending = this.#run(limitMs).filter((it) => it !== undefined);
    await Promise.all(pending);
    this.#publish();
    this.#isPrepared = true;
  }

  /** Publishes the values of a snapshot that nothing has prepared: those of asynchronous callbacks are the last ones. */
  collect(limitMs: number): void {
    const isPrepared = this.#isPrepared;
    this.#isPrepared = false;
    if (isPrepared || this.#callbacks.length === 0) return;
    this.#run(limitMs);
    this.#publish();
  }

  #run(limitMs: number): (Promise<void> | undefined)[] {
    return this.#callbacks.map(({ it }) => it.run(limitMs, this.#report));
  }

  #publish(): void {
    const all = new Map<ObservableInstrument, Observation[]>();
    for (const { it } of this.#callbacks) {
      for (const instrument of it.instruments) {
        const values = it.latest.get(instrument)?.values() ?? [];
        all.set(instrument, [...(all.get(instrument) ?? []), ...values]);
      }
    }
    for (const [instrument, observations] of all) {
      try {
        instrument.publish(observations);
      } catch (fault) {
        this.#report(fault);
      }
    }
  }

  /**
   * Marks the start of an application.
   *
   * @returns Removes the callbacks that were added since: they read what belongs to the application.
   */
  mark(): () => void {
    const before = this.#added;
    return () => {
      this.#callbacks = this.#callbacks.filter(({ order }) => order <= before);
    };
  }

  #push(key: unknown, it: ObservingCallback): void {
    this.#callbacks.push({ key, it, order: ++this.#added });
  }

  #isFunction(callback: unknown): boolean {
    if (typeof callback === 'function') return true;
    this.#report(new TypeError(`a callback is a function, got ${shown(callback)}`));
    return false;
  }

  #find(callback: unknown, instruments: readonly ObservableInstrument[]) {
    return this.#callbacks.find(
      ({ key, it }) =>
        key === callback &&
        it.instruments.size === new Set(instruments).size &&
        instruments.every((instrument) => it.instruments.has(instrument)),
    );
  }

  #drop(callback: unknown, instruments: readonly ObservableInstrument[]): void {
    const found = this.#find(callback, instruments);
    if (found === undefined) return;
    this.#callbacks = this.#callbacks.filter((it) => it !== found);
    const others = new Set(this.#callbacks.flatMap(({ it }) => [...it.instruments]));
    for (const it of found.it.instruments) if (!others.has(it)) it.publish([]);
  }
}

function ours(observables: Iterable<Observable>): ObservableInstrument[] {
  return [...observables].filter((it) => it instanceof ObservableInstrument);
}
