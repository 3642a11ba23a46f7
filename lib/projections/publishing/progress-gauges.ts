import {
  type CatalogueInstruments,
  type CatalogueNaming,
  registerCatalogue,
} from '../../metrics/recorders/catalogue-instruments.js';
import { progressMetrics } from '../../metrics/catalogue/projection-progress.js';
import type { CounterSeries } from '../../metrics/instruments/counter.js';
import type { Gauge, GaugeSeries } from '../../metrics/instruments/gauge.js';
import { LabelScope } from '../../metrics/cardinality/label-scope.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import { positionValue } from '../position.js';
import type { ProjectionProgress } from '../projection-progress.js';
import { projectionStates } from '../model/projection-state.js';

type Instruments = CatalogueInstruments<typeof progressMetrics>;

/** Publishes the progress of projections. */
export class ProgressGauges {
  readonly #instruments: Instruments;

  constructor(registry: MetricRegistry, { namespace }: CatalogueNaming) {
    this.#instruments = registerCatalogue(registry, progressMetrics, { namespace });
  }

  /**
   * Returns the series of one projection; `undefined` when a series limit leaves no room, or when a label rule merges
   * several projections into one name: shared gauges would be meaningless.
   */
  of(name: string): ProgressSeries | undefined {
    const { state, ...plain } = this.#instruments;
    if (Object.values(plain).some((it) => it.replaces({ projection_name: name }))) return undefined;
    const scope = new LabelScope({ projection_name: name }, [
      ...Object.values(plain).map((it) => [it] as const),
      [state, projectionStates.map((it) => ({ state: it }))],
    ]);
    return scope.kept ? new ProgressSeries(name, this.#instruments, scope) : undefined;
  }
}

type GaugeKey = Exclude<keyof Instruments, 'state' | 'observationErrors'>;

/** Series to create on first use. */
interface Target {
  readonly key: string;
  readonly instrument: Gauge;
  readonly labels: Readonly<Record<string, string>>;
}

/** Gauges of one projection. A gauge without a value is absent. */
export class ProgressSeries {
  readonly #instruments: Instruments;
  readonly #scope: LabelScope;
  readonly #name: string;
  readonly #series = new Map<string, GaugeSeries>();
  #errors: CounterSeries | undefined;

  constructor(name: string, instruments: Instruments, scope: LabelScope) {
    this.#name = name;
    this.#instruments = instruments;
    this.#scope = scope;
  }

  /** Failed attempts to read the head or the checkpoint, exported from 0. */
  get observationErrors(): CounterSeries {
    return (this.#errors ??= this.#scope.of(this.#instruments.observationErrors));
  }

  /** @param progress - `undefined` when another process publishes the projection. */
  publish(progress: ProjectionProgress | undefined): void {
    this.#set('lagSeconds', progress?.lagSeconds);
    this.#set('lagEvents', progress?.lagEvents);
    this.#set('position', positionValue(progress?.position));
    this.#set('headPosition', positionValue(progress?.headPosition));
    this.#set('lastProcessed', secondsOf(progress?.lastProcessedMs));
    this.#set('headObserved', secondsOf(progress?.headObservedMs));
    this.#set('rebuildProgress', progress?.rebuildRatio);
    this.#set('rebuildRemaining', progress?.rebuildRemainingSeconds);
    this.#setState(progress?.state);
  }

  #set(gauge: GaugeKey, value: number | undefined): void {
    this.#setSeries({ key: gauge, instrument: this.#instruments[gauge], labels: {} }, value);
  }

  #setState(current: string | undefined): void {
    const instrument = this.#instruments.state;
    for (const state of projectionStates) {
      const value = current === undefined ? undefined : Number(state === current);
      this.#setSeries({ key: `state ${state}`, instrument, labels: { state } }, value);
    }
  }

  #setSeries({ key, instrument, labels }: Target, value: number | undefined): void {
    const known = this.#series.get(key);
    const own = { projection_name: this.#name, ...labels };
    if (value !== undefined) {
      // Other series may have used the room that an absent series left.
      if (known === undefined && !instrument.keeps(own)) return;
      const series = known ?? this.#scope.of(instrument, labels);
      this.#series.set(key, series);
      series.set(value);
    } else if (this.#series.delete(key)) instrument.remove(own);
  }
}

function secondsOf(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}
