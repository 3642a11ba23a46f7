import type { Faults } from '../../kernel/faults.js';
import { absorb, notify, requireSync, shown } from '../../kernel/hooks.js';
import type {
  CircuitBreakerListener,
  CircuitBreakerSource,
  CircuitBreakerState,
} from './circuit-breaker-source.js';
import type { StateChanges } from '../../kernel/state-changes.js';
import type { CounterSeries } from '../../metrics/instruments/counter.js';

const COMPONENT = 'circuit_breaker';

/** Options of an {@link ObservedBreaker}. */
export interface ObservedBreakerOptions {
  /** Value of the label `breaker`. */
  readonly name: string;
  readonly source: CircuitBreakerSource;
  readonly faults: Faults;
  readonly changes: StateChanges;
  readonly series: {
    readonly transitions: Readonly<Record<CircuitBreakerState, CounterSeries>>;
    readonly rejections: CounterSeries;
  };
  /** Called when the breaker was shut down. */
  ended(): void;
}

/**
 * Circuit breaker and its last known state. Events and readings share one path, so that the published state and the
 * counted transitions agree.
 */
export class ObservedBreaker implements CircuitBreakerListener {
  readonly #options: ObservedBreakerOptions;
  #state: CircuitBreakerState | undefined;
  #stopListening: (() => void) | undefined;
  #active = true;

  constructor(options: ObservedBreakerOptions) {
    this.#options = options;
  }

  /** Value of the label `breaker`. */
  get name(): string {
    return this.#options.name;
  }

  /** Reads the initial state and starts listening. */
  start(): void {
    this.readState();
    if (!this.#active) return;
    this.#stopListening = this.#guard(() => {
      const stop: unknown = requireSync(
        this.#options.source.listen?.({
          moved: (state) => this.moved(state),
          rejected: () => this.rejected(),
          ended: () => this.ended(),
        }),
      );
      if (stop === undefined || typeof stop === 'function') return stop as () => void;
      throw new TypeError(`listen() returns a function that ends it, not ${shown(stop)}`);
    });
  }

  /** Stops listening. */
  stop(): void {
    this.#active = false;
    notify(this.#options.faults, COMPONENT, () => this.#stopListening?.());
    this.#stopListening = undefined;
  }

  /** Returns the current state; `undefined` when unknown. */
  readState(): CircuitBreakerState | undefined {
    return this.#guard(() => {
      const state = requireSync(this.#options.source.state());
      if (state === 'ended') this.ended();
      else if (state !== undefined) this.#moveTo(state, this.#state !== undefined);
      return state === 'ended' ? undefined : state;
    });
  }

  /** {@inheritDoc CircuitBreakerListener.moved} */
  moved(state: CircuitBreakerState): void {
    this.#guard(() => this.#moveTo(state, true));
  }

  /** {@inheritDoc CircuitBreakerListener.rejected} */
  rejected(): void {
    if (this.#active) this.#guard(() => this.#options.series.rejections.inc());
  }

  /** {@inheritDoc CircuitBreakerListener.ended} */
  ended(): void {
    if (this.#active) this.#guard(() => this.#options.ended());
  }

  #moveTo(state: CircuitBreakerState, isMove: boolean): void {
    absorb(state);
    const { transitions } = this.#options.series;
    if (typeof state !== 'string' || !Object.hasOwn(transitions, state))
      throw new RangeError(
        `a circuit breaker state is closed, half_open or open, not ${shown(state)}`,
      );
    if (state === this.#state || !this.#active) return;
    const from = this.#state;
    this.#state = state;
    if (!isMove) return;
    transitions[state].inc();
    const { name, changes } = this.#options;
    changes.tell({ subject: 'circuit_breaker', name, from, to: state });
  }

  #guard<T>(act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      this.#options.faults.report(COMPONENT, error);
      return undefined;
    }
  }
}
