import type { CallRecorder } from '../../instrumentation/calls/call-recorder.js';
import { runRecorded } from '../../instrumentation/calls/observed-work.js';
import { machineLearningMetrics } from '../../metrics/catalogue/plugins/machine-learning.js';
import {
  type CatalogueInstruments,
  registerCatalogue,
} from '../../metrics/recorders/catalogue-instruments.js';
import { MetricRegistry } from '../../metrics/registry.js';
import type { ObservabilityPlugin, PluginContext } from '../../plugins/plugin.js';
import { type ModelHost, TimedWork } from './timed-work.js';

/** Model of the application, with low cardinality. */
export interface ModelVersion {
  /** Name: `fraud`. */
  readonly model: string;
  /** Version: `2026-11`. */
  readonly version: string;
}

type Metrics = CatalogueInstruments<typeof machineLearningMetrics>;
type Outcome = 'success' | 'failure';
type RecordEnd = (seconds: number, outcome: Outcome) => void;

/**
 * Records trainings and predictions of the application's own models. The plugin {@link machineLearning} provides it.
 *
 * @example
 * ```ts
 * import { Injectable } from '@nestjs/common';
 * import { MachineLearning } from '@eventcore/nestjs-observability/packs';
 *
 * @Injectable()
 * export class Fraud {
 *   constructor(private readonly learning: MachineLearning) {}
 *
 *   score(amount: number) {
 *     const model = { model: 'fraud', version: '3' };
 *     return this.learning.predict(model, () => (amount > 1_000 ? 0.9 : 0.1));
 *   }
 * }
 * ```
 */
export class MachineLearning {
  #metrics: Metrics | undefined;
  #host: ModelHost | undefined;

  /**
   * Predicts, and records duration and outcome.
   *
   * @param work - Asks the model. Its result may be a promise.
   * @returns The result of the work. Errors are those of the work.
   */
  predict<T>(model: ModelVersion, work: () => T): T {
    return this.#run(work, (seconds, outcome) => {
      const { predictions, prediction } = this.#metrics!;
      predictions.labels({ ...of(model), outcome }).inc();
      prediction.labels(of(model)).observe(seconds);
    });
  }

  /**
   * Trains, and records duration and outcome.
   *
   * @param work - Trains the model. Its result may be a promise.
   * @returns The result of the work. Errors are those of the work.
   */
  train<T>(model: ModelVersion, work: () => T): T {
    return this.#run(work, (seconds, outcome) =>
      this.#metrics!.training.labels({ ...of(model), outcome }).observe(seconds),
    );
  }

  /**
   * Records the accuracy of a model.
   *
   * @param ratio - Share of right predictions at the latest evaluation, 0 to 1.
   */
  accuracy(model: ModelVersion, ratio: number): void {
    try {
      this.#metrics?.accuracy.labels(of(model)).set(ratio);
    } catch (fault) {
      this.#host?.report(fault);
    }
  }

  /** @internal */
  start({ get, namespace, clock, report }: PluginContext): void {
    this.#metrics = registerCatalogue(get(MetricRegistry), machineLearningMetrics, { namespace });
    this.#host = { clock, report };
  }

  /** @internal */
  stop(): void {
    this.#host = undefined;
  }

  #run<T>(work: () => T, record: RecordEnd): T {
    if (this.#host === undefined) return work();
    return runRecorded(new ModelWork(record, this.#host), work);
  }
}

function of({ model, version }: ModelVersion): ModelVersion {
  return { model, version };
}

/** One training or prediction. */
class ModelWork extends TimedWork {
  readonly #record: RecordEnd;

  constructor(record: RecordEnd, host: ModelHost) {
    super(host);
    this.#record = record;
  }

  again(): CallRecorder {
    return new ModelWork(this.#record, this.host);
  }

  protected ended(seconds: number, end: { result: unknown } | { error: unknown }): void {
    this.#record(seconds, 'error' in end ? 'failure' : 'success');
  }
}

/**
 * Plugin that provides {@link MachineLearning}: trainings, predictions and accuracy of the application's own models.
 *
 * @example
 * ```ts
 * import { ObservabilityModule } from '@eventcore/nestjs-observability';
 * import { machineLearning } from '@eventcore/nestjs-observability/packs';
 *
 * export const observability = ObservabilityModule.forRoot({ plugins: [machineLearning()] });
 * ```
 */
export function machineLearning(): ObservabilityPlugin {
  return {
    name: 'machine-learning',
    providers: [{ provide: MachineLearning, useFactory: () => new MachineLearning() }],
    init: (context) => context.get(MachineLearning).start(context),
    stop: ({ get }) => get(MachineLearning).stop(),
  };
}
