import type { Meter, MeterOptions, MeterProvider, MetricOptions } from '@opentelemetry/api';
import { shown } from '../../kernel/hooks.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import { AttributeSeries } from './attribute-series.js';
import {
  describeInstrument,
  type InstrumentDescription,
  type InstrumentKind,
  instrumentKey,
  isInstrumentName,
  type MeterScope,
} from './instrument-description.js';
import { type InstrumentFactory, ObservabilityMeter } from './meter.js';
import {
  definitionOf,
  LabelTranslation,
  metricTypes,
  scopeLabels,
} from './metric-translation.format.js';
import { type MetricView, type OtelView, viewOf } from './metric-view.js';
import { ObservableInstrument, type ObservedMetric } from './observable-instrument.js';
import { ObservationRounds } from './observation-rounds.js';
import {
  MeterCounter,
  MeterGauge,
  MeterHistogram,
  MeterUpDownCounter,
  RecordedInstrument,
} from './recorded-instruments.js';
import { RecordingBacklog } from './recording-backlog.js';

/** An application that shows the metrics. */
export interface MeterApplication {
  readonly registry: MetricRegistry;
  readonly views: readonly OtelView[];
  /** True if series have the labels `otel_scope_name` and `otel_scope_version`. */
  readonly scopeLabels: boolean;
  readonly callbackTimeoutMs: number;
  report(fault: unknown): void;
}

interface RequestedInstrument {
  readonly name: string;
  readonly options: MetricOptions | undefined;
  readonly scope: MeterScope;
}

type AnyMeterInstrument = RecordedInstrument<never> | ObservableInstrument;

// Names from data would otherwise fill the memory.
const MOST_INSTRUMENTS = 5_000;
const MOST_EARLY_FAULTS = 20;

const recorded = {
  counter: MeterCounter,
  up_down_counter: MeterUpDownCounter,
  gauge: MeterGauge,
  histogram: MeterHistogram,
} as const;

/**
 * The library's `MeterProvider`, one per process as in OpenTelemetry. The first application that shows its metrics has
 * them in its registry; when that application ends, the next one follows. Until the first one starts, recordings wait.
 */
export class ObservabilityMeterProvider implements MeterProvider, InstrumentFactory {
  readonly rounds = new ObservationRounds((fault) => this.#report(fault));
  readonly #meters = new Map<string, ObservabilityMeter>();
  readonly #instruments = new Map<string, AnyMeterInstrument>();
  readonly #backlog = new RecordingBacklog();
  readonly #applications: MeterApplication[] = [];
  readonly #earlyFaults: unknown[] = [];

  /** The application that shows the metrics. */
  get shownBy(): MeterApplication | undefined {
    return this.#applications[0];
  }

  /** Keeps recordings for the next application, unless one shows them already. */
  expectApplication(): void {
    if (this.shownBy !== undefined) return;
    this.#backlog.begin();
    for (const it of this.#instruments.values())
      if (!(it instanceof ObservableInstrument)) it.wait();
  }

  /** {@inheritDoc MeterProvider.getMeter} */
  getMeter(name: string, version?: string, _options?: MeterOptions): Meter {
    const scope = { name: textOf(name), version: textOf(version) };
    const key = JSON.stringify(scope);
    const known = this.#meters.get(key);
    if (known !== undefined) return known;
    const meter = new ObservabilityMeter(scope, this);
    if (this.#meters.size < MOST_INSTRUMENTS) this.#meters.set(key, meter);
    return meter;
  }

  /** {@inheritDoc InstrumentFactory.create} A name that is not valid yields an instrument without effect. */
  create(
    kind: InstrumentKind,
    name: string,
    { options, scope }: Omit<RequestedInstrument, 'name'>,
  ): unknown {
    try {
      return this.#createValid(kind, { name, options, scope });
    } catch (fault) {
      this.#report(fault);
      const ignored = this.#make(kind, { name: '', scope, options: undefined });
      ignored.connect(undefined);
      return ignored;
    }
  }

  /** @throws RangeError for a name that is not valid, or one too many. */
  #createValid(kind: InstrumentKind, { name, options, scope }: RequestedInstrument): unknown {
    this.#assertName(name);
    const made = this.#make(kind, { name, scope, options });
    const key = JSON.stringify([scope, instrumentKey(made.description)]);
    const known = this.#instruments.get(key);
    if (known !== undefined) return known;
    this.#instruments.set(key, made);
    if (this.shownBy !== undefined) this.#connect(made, this.shownBy);
    return made;
  }

  /**
   * Shows the metrics in an application, unless another one does.
   *
   * @returns Ends it.
   */
  show(application: MeterApplication): () => void {
    const { registry, callbackTimeoutMs } = application;
    this.#applications.push(application);
    if (this.shownBy === application) this.#begin(application);
    const endCallbacks = this.rounds.mark();
    const isShown = () => this.shownBy === application;
    const forget = registry.onPrepare(async () => {
      if (isShown()) await this.rounds.prepare(callbackTimeoutMs);
    });
    registry.onCollect(() => isShown() && this.rounds.collect(callbackTimeoutMs));
    return () => {
      forget();
      endCallbacks();
      const wasShown = isShown();
      this.#applications.splice(this.#applications.indexOf(application), 1);
      if (!wasShown) return;
      for (const it of this.#instruments.values()) it.connect(undefined);
      if (this.shownBy !== undefined) this.#begin(this.shownBy);
    };
  }

  #begin(application: MeterApplication): void {
    for (const it of this.#instruments.values()) this.#connect(it, application);
    for (const fault of this.#earlyFaults.splice(0)) application.report(fault);
    const lost = this.#backlog.replay();
    if (lost > 0) this.#report(new Error(`${lost} recordings before the start are lost`));
  }

  #connect(instrument: AnyMeterInstrument, application: MeterApplication): void {
    const { description } = instrument;
    const view = viewOf(application.views, description);
    if (view.drop === true) instrument.connect(undefined);
    else if (instrument instanceof ObservableInstrument) {
      instrument.connect(() => openMetric(description, view, application));
    } else {
      const report = (fault: unknown) => application.report(fault);
      instrument.connect(() => {
        const opened = openMetric(description, view, application);
        return opened && new AttributeSeries({ ...opened, report });
      });
    }
  }

  #make(kind: InstrumentKind, it: RequestedInstrument): AnyMeterInstrument {
    const description = describeInstrument(kind, it.name, it);
    if (kind in recorded) {
      const Recorded = recorded[kind as keyof typeof recorded];
      return new Recorded(description, this.#backlog) as unknown as AnyMeterInstrument;
    }
    return new ObservableInstrument(description, this.rounds);
  }

  #assertName(name: unknown): void {
    if (!isInstrumentName(name)) {
      throw new RangeError(`an instrument has a valid name, got ${shown(name)}`);
    }
    if (this.#instruments.size < MOST_INSTRUMENTS) return;
    throw new RangeError(`there are ${MOST_INSTRUMENTS} instruments; ${name} is left out`);
  }

  #report(fault: unknown): void {
    if (this.shownBy !== undefined) this.shownBy.report(fault);
    else if (this.#earlyFaults.length < MOST_EARLY_FAULTS) this.#earlyFaults.push(fault);
  }
}

/** Opens the metric of an instrument; `undefined` when another metric has its name: one name has one owner. */
function openMetric(
  description: InstrumentDescription,
  view: MetricView,
  application: MeterApplication,
): ObservedMetric | undefined {
  const { registry } = application;
  try {
    const definition = definitionOf(description, view);
    const known = registry.find(definition.name)?.definition;
    // Meters may advise different bounds for one name: the first ones count.
    const buckets = known?.buckets && { buckets: known.buckets };
    const metric = registry.open({ ...definition, ...buckets });
    const fixed = application.scopeLabels ? scopeLabels(description.scope) : {};
    const keys = view.attributeKeys && new Set(view.attributeKeys);
    return {
      metric,
      translation: new LabelTranslation(metricTypes[description.kind], fixed, keys),
    };
  } catch (fault) {
    application.report(fault);
    return undefined;
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
