import type { Faults } from '../../kernel/faults.js';
import type { StateChanges } from '../../kernel/state-changes.js';
import {
  type CatalogueInstruments,
  type CatalogueNaming,
  registerCatalogue,
} from '../../metrics/recorders/catalogue-instruments.js';
import { circuitBreakerMetrics } from '../../metrics/catalogue/resources.js';
import type { CircuitBreakerState } from './circuit-breaker-source.js';
import { ObservedBreaker, type ObservedBreakerOptions } from './observed-breaker.js';
import type { ResourceMetricsDeps } from '../pools/pool-metrics.js';

const VALUES: Readonly<Record<CircuitBreakerState, number>> = {
  closed: 0,
  half_open: 0.5,
  open: 1,
};
const STATES = Object.keys(VALUES) as CircuitBreakerState[];

/** Publishes the state of circuit breakers with each snapshot, and counts their transitions and rejections. */
export class CircuitBreakerMetrics {
  readonly #instruments: CatalogueInstruments<typeof circuitBreakerMetrics>;
  readonly #faults: Faults;
  readonly #changes: StateChanges;
  readonly #breakers = new Set<ObservedBreaker>();

  constructor({ registry, faults, changes }: ResourceMetricsDeps, { namespace }: CatalogueNaming) {
    this.#faults = faults;
    this.#changes = changes;
    this.#instruments = registerCatalogue(registry, circuitBreakerMetrics, { namespace });
    registry.onCollect(() => {
      for (const breaker of this.#breakers) this.#collect(breaker);
    });
  }

  /**
   * Publishes a breaker, with its counters at 0.
   *
   * @returns A function that removes the breaker and its series.
   */
  publish(options: Omit<ObservedBreakerOptions, 'series' | 'faults' | 'changes'>): () => void {
    const breaker = new ObservedBreaker({
      ...options,
      faults: this.#faults,
      changes: this.#changes,
      series: this.#countersOf(options.name),
      ended: () => {
        this.#withdraw(breaker);
        options.ended();
      },
    });
    this.#breakers.add(breaker);
    breaker.start();
    return () => this.#withdraw(breaker);
  }

  /** Returns the known states by breaker name. */
  states(): Map<string, CircuitBreakerState> {
    const states = [...this.#breakers].map((it) => [it.name, it.readState()] as const);
    return new Map(states.filter((it): it is [string, CircuitBreakerState] => it[1] !== undefined));
  }

  #countersOf(breaker: string) {
    const { transitions, rejections } = this.#instruments;
    const [closed, half_open, open] = STATES.map((state) => transitions.labels({ breaker, state }));
    return {
      transitions: { closed, half_open, open } as ObservedBreakerOptions['series']['transitions'],
      rejections: rejections.labels({ breaker }),
    };
  }

  #collect(breaker: ObservedBreaker): void {
    const { state: gauge } = this.#instruments;
    const labels = { breaker: breaker.name };
    const state = breaker.readState();
    // Reading the state may just have ended the breaker.
    if (state === undefined || !this.#breakers.has(breaker)) gauge.remove(labels);
    else gauge.labels(labels).set(VALUES[state]);
  }

  #withdraw(breaker: ObservedBreaker): void {
    if (!this.#breakers.delete(breaker)) return;
    breaker.stop();
    const { state, transitions, rejections } = this.#instruments;
    const labels = { breaker: breaker.name };
    state.remove(labels);
    rejections.remove(labels);
    for (const it of STATES) transitions.remove({ ...labels, state: it });
  }
}
