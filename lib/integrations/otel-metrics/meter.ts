import type {
  BatchObservableCallback,
  Counter,
  Gauge,
  Histogram,
  Meter,
  MetricOptions,
  Observable,
  ObservableCounter,
  ObservableGauge,
  ObservableUpDownCounter,
  UpDownCounter,
} from '@opentelemetry/api';
import type { InstrumentKind, MeterScope } from './instrument-description.js';
import type { ObservationRounds } from './observation-rounds.js';

/** Creates instruments; equal requests share one. */
export interface InstrumentFactory {
  create(
    kind: InstrumentKind,
    name: string,
    it: { readonly options: MetricOptions | undefined; readonly scope: MeterScope },
  ): unknown;
  readonly rounds: ObservationRounds;
}

/** Meter of one scope. */
export class ObservabilityMeter implements Meter {
  readonly #scope: MeterScope;
  readonly #factory: InstrumentFactory;

  constructor(scope: MeterScope, factory: InstrumentFactory) {
    this.#scope = scope;
    this.#factory = factory;
  }

  /** {@inheritDoc Meter.createCounter} */
  createCounter(name: string, options?: MetricOptions): Counter {
    return this.#create('counter', name, options) as Counter;
  }

  /** {@inheritDoc Meter.createUpDownCounter} */
  createUpDownCounter(name: string, options?: MetricOptions): UpDownCounter {
    return this.#create('up_down_counter', name, options) as UpDownCounter;
  }

  /** {@inheritDoc Meter.createGauge} */
  createGauge(name: string, options?: MetricOptions): Gauge {
    return this.#create('gauge', name, options) as Gauge;
  }

  /** {@inheritDoc Meter.createHistogram} */
  createHistogram(name: string, options?: MetricOptions): Histogram {
    return this.#create('histogram', name, options) as Histogram;
  }

  /** {@inheritDoc Meter.createObservableCounter} */
  createObservableCounter(name: string, options?: MetricOptions): ObservableCounter {
    return this.#create('observable_counter', name, options) as ObservableCounter;
  }

  /** {@inheritDoc Meter.createObservableUpDownCounter} */
  createObservableUpDownCounter(name: string, options?: MetricOptions): ObservableUpDownCounter {
    return this.#create('observable_up_down_counter', name, options) as ObservableUpDownCounter;
  }

  /** {@inheritDoc Meter.createObservableGauge} */
  createObservableGauge(name: string, options?: MetricOptions): ObservableGauge {
    return this.#create('observable_gauge', name, options) as ObservableGauge;
  }

  /** {@inheritDoc Meter.addBatchObservableCallback} */
  addBatchObservableCallback(callback: BatchObservableCallback, observables: Observable[]): void {
    this.#factory.rounds.addBatch(callback, observables);
  }

  /** {@inheritDoc Meter.removeBatchObservableCallback} */
  removeBatchObservableCallback(
    callback: BatchObservableCallback,
    observables: Observable[],
  ): void {
    this.#factory.rounds.removeBatch(callback, observables);
  }

  #create(kind: InstrumentKind, name: string, options: MetricOptions | undefined): unknown {
    return this.#factory.create(kind, name, { options, scope: this.#scope });
  }
}
