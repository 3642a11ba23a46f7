import type { Attributes, Observable, ObservableCallback } from '@opentelemetry/api';
import type { CounterSeries } from '../../metrics/instruments/counter.js';
import type { GaugeSeries } from '../../metrics/instruments/gauge.js';
import type { OpenMetric } from '../../metrics/instruments/open-metric.js';
import type { InstrumentDescription } from './instrument-description.js';
import type { LabelTranslation } from './metric-translation.format.js';

/** A value that a callback has observed. */
export interface Observation {
  readonly attributes: Attributes | undefined;
  readonly value: number;
}

/** Series of an observable instrument in one application. */
export interface ObservedMetric {
  readonly metric: OpenMetric;
  readonly translation: LabelTranslation;
}

/** Callbacks of one instrument, as the provider keeps them. */
export interface CallbackList {
  add(instrument: ObservableInstrument, callback: ObservableCallback): void;
  remove(instrument: ObservableInstrument, callback: ObservableCallback): void;
}

/** An instrument whose values callbacks observe when they are read. */
export class ObservableInstrument implements Observable {
  readonly description: InstrumentDescription;
  readonly #callbacks: CallbackList;
  readonly #isCounter: boolean;
  readonly #isSum: boolean;
  #open: (() => ObservedMetric | undefined) | undefined;
  #target: ObservedMetric | undefined;
  #shown = new Map<string, Record<string, string>>();

  constructor(description: InstrumentDescription, callbacks: CallbackList) {
    this.description = description;
    this.#callbacks = callbacks;
    this.#isCounter = description.kind === 'observable_counter';
    this.#isSum = description.kind !== 'observable_gauge';
  }

  /** {@inheritDoc Observable.addCallback} */
  addCallback(callback: ObservableCallback): void {
    this.#callbacks.add(this, callback);
  }

  /** {@inheritDoc Observable.removeCallback} */
  removeCallback(callback: ObservableCallback): void {
    this.#callbacks.remove(this, callback);
  }

  /**
   * Shows observed values in an application; nowhere without any.
   *
   * @param open - Opens the metric with the first value.
   */
  connect(open: (() => ObservedMetric | undefined) | undefined): void {
    this.#open = open;
    this.#target = undefined;
    this.#shown = new Map();
  }

  /** Returns true for a value that the instrument takes. */
  accepts(value: unknown): value is number {
    return Number.isFinite(value) && (!this.#isCounter || (value as number) >= 0);
  }

  /** Replaces the values. A gauge that was not observed disappears; a counter keeps its count. */
  publish(observations: readonly Observation[]): void {
    if (this.#target === undefined && observations.length > 0) {
      this.#target = this.#open?.();
      this.#open = undefined;
    }
    if (this.#target === undefined) return;
    const { metric, translation } = this.#target;
    const values = new Map<string, { labels: Record<string, string>; value: number }>();
    for (const { attributes, value } of observations) {
      const labels = translation.labelsOf(attributes);
      const key = JSON.stringify(labels);
      const before = values.get(key)?.value ?? 0;
      values.set(key, { labels, value: this.#isSum ? before + value : value });
    }
    if (!this.#isCounter) {
      for (const [key, labels] of this.#shown) if (!values.has(key)) metric.remove(labels);
    }
    this.#shown = new Map();
    for (const [key, { labels, value }] of values) {
      this.#set(metric, labels, value);
      this.#shown.set(key, labels);
    }
  }

  #set(metric: OpenMetric, labels: Record<string, string>, value: number): void {
    const { series, isOwn } = metric.resolve(labels);
    if (!this.#isCounter) {
      (series as GaugeSeries).set(value);
      return;
    }
    if ((series as CounterSeries).raiseTo(value) || !isOwn) return;
    // The source of the count has begun again.
    metric.remove(labels);
    (metric.resolve(labels).series as CounterSeries).raiseTo(value);
  }
}
