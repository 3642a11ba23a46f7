import type { Attributes, Counter, Gauge, Histogram, UpDownCounter } from '@opentelemetry/api';
import type { AnySeries } from '../../metrics/instruments/open-metric.js';
import type { CounterSeries } from '../../metrics/instruments/counter.js';
import type { GaugeSeries } from '../../metrics/instruments/gauge.js';
import type { HistogramSeries } from '../../metrics/instruments/histogram.js';
import type { SeriesLookup } from './attribute-series.js';
import type { RecordingBacklog } from './recording-backlog.js';
import type { InstrumentDescription } from './instrument-description.js';

/** Series of the instruments while no application shows them. */
type Recorder = Pick<CounterSeries, 'inc'> &
  Pick<GaugeSeries, 'set'> &
  Pick<HistogramSeries, 'observe'>;

const NOWHERE: SeriesLookup<Recorder> = {
  find: () => ({ inc: () => {}, set: () => {}, observe: () => {} }),
};

/** An instrument that records with each call. It passes to the application that shows it. */
export abstract class RecordedInstrument<S extends Partial<Recorder>> {
  readonly description: InstrumentDescription;
  protected series: SeriesLookup<S>;
  readonly #isInteger: boolean;
  readonly #backlog: RecordingBacklog;

  constructor(description: InstrumentDescription, backlog: RecordingBacklog) {
    this.description = description;
    this.#isInteger = description.isInteger;
    this.#backlog = backlog;
    this.series = this.#waiting() as never;
  }

  /** Keeps recordings for the next application. */
  wait(): void {
    this.series = this.#waiting() as never;
  }

  /**
   * Records on the series of an application; nowhere without any.
   *
   * @param open - Opens the metric with the first recording.
   */
  connect(open: (() => SeriesLookup<AnySeries> | undefined) | undefined): void {
    const opening: SeriesLookup<AnySeries> | undefined = open && {
      find: (attributes) => {
        this.series = (open() ?? NOWHERE) as never;
        return this.series.find(attributes) as unknown as AnySeries;
      },
    };
    this.series = (opening ?? NOWHERE) as never;
  }

  /** Returns the value that is recorded: without its fraction for an instrument of integers. */
  protected recorded(value: number): number {
    if (this.#isInteger && typeof value === 'number') return Math.trunc(value);
    // An omitted value would count as 1.
    return value === undefined ? Number.NaN : value;
  }

  #waiting(): SeriesLookup<Recorder> {
    return {
      find: (attributes) => {
        const copy = copyOf(attributes);
        const later = (record: (series: Recorder) => void) =>
          this.#backlog.add(() => record(this.series.find(copy) as unknown as Recorder));
        return {
          inc: (value) => later((it) => it.inc(value)),
          set: (value) => later((it) => it.set(value)),
          observe: (value) => later((it) => it.observe(value)),
        };
      },
    };
  }
}

function copyOf(attributes: Attributes | undefined): Attributes | undefined {
  try {
    return attributes && { ...attributes };
  } catch {
    // A getter that throws; the series without attributes counts the call.
    return undefined;
  }
}

/** Counter of the OpenTelemetry API. */
export class MeterCounter extends RecordedInstrument<CounterSeries> implements Counter {
  /** {@inheritDoc Counter.add} */
  add(value: number, attributes?: Attributes): void {
    this.series.find(attributes).inc(this.recorded(value));
  }
}

/** Up-down counter of the OpenTelemetry API. */
export class MeterUpDownCounter extends RecordedInstrument<GaugeSeries> implements UpDownCounter {
  /** {@inheritDoc UpDownCounter.add} */
  add(value: number, attributes?: Attributes): void {
    this.series.find(attributes).inc(this.recorded(value));
  }
}

/** Gauge of the OpenTelemetry API. */
export class MeterGauge extends RecordedInstrument<GaugeSeries> implements Gauge {
  /** {@inheritDoc Gauge.record} */
  record(value: number, attributes?: Attributes): void {
    this.series.find(attributes).set(this.recorded(value));
  }
}

/** Histogram of the OpenTelemetry API, whose values are 0 or more. */
export class MeterHistogram extends RecordedInstrument<HistogramSeries> implements Histogram {
  /** {@inheritDoc Histogram.record} */
  record(value: number, attributes?: Attributes): void {
    // A series refuses NaN and counts it.
    const isNegative = typeof value === 'number' && value < 0;
    this.series.find(attributes).observe(isNegative ? Number.NaN : this.recorded(value));
  }
}
