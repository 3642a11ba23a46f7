import type { ErrorDescription } from '../kernel/errors/error-description.js';
import type { HandlerKind } from '../kernel/handler-kind.js';
import type { HandlerIdentity, HandlerObserver, SampledSpan } from '../kernel/observer.js';
import type { Outcome } from '../kernel/errors/error-classification.js';
import { pipelineMetrics, pipelineStageMetrics } from '../metrics/catalogue/plugins/pipelines.js';
import { registerCatalogue } from '../metrics/recorders/catalogue-instruments.js';
import type {
  KindMetrics,
  KindMetricsDeps,
  MeasuredKind,
} from '../metrics/recorders/handler-metrics.js';

const SOURCE = 'pipeline';
const { duration, errors, concurrent } = pipelineStageMetrics;
const { errors: pipelineErrors } = pipelineMetrics;
const metrics = { duration, errors, concurrent, pipelineErrors };

/** Turns the work of stages into metrics. */
class StageMetrics implements KindMetrics {
  readonly #instruments;
  readonly #observers = new Map<string, StageObserver>();
  readonly #countError: (error: ErrorDescription) => void;
  // Streams may be endless: the plugin itself holds up a drain, for work that is known to end.
  readonly executing = 0;

  constructor({ registry, errors, naming: { namespace } }: KindMetricsDeps) {
    this.#instruments = registerCatalogue(registry, metrics, { namespace });
    this.#countError = errors.counterOf(SOURCE);
    registry.onCollect(() => this.#publish());
    errors.track(SOURCE, () => this.#totals());
  }

  /** {@inheritDoc Observer.bind} */
  bind({ name, labels: { pipeline = '' } }: HandlerIdentity): HandlerObserver {
    const key = JSON.stringify([pipeline, name]);
    const known = this.#observers.get(key);
    if (known !== undefined) return known;
    const labels = { pipeline, stage: name };
    const { duration, errors, concurrent, pipelineErrors } = this.#instruments;
    const ofPipeline = pipelineErrors.labels({ pipeline });
    const made = new StageObserver({
      success: duration.labels({ ...labels, outcome: 'success' }),
      failure: duration.labels({ ...labels, outcome: 'failure' }),
      concurrent: concurrent.labels(labels),
      countError: (error) => {
        errors.labels({ ...labels, error_type: error.type }).inc();
        ofPipeline.inc();
        this.#countError(error);
      },
    });
    this.#observers.set(key, made);
    return made;
  }

  #publish(): void {
    for (const it of this.#observers.values()) it.publish();
  }

  #totals(): { finished: number; failed: number } {
    let finished = 0;
    let failed = 0;
    for (const it of this.#observers.values()) {
      finished += it.finished;
      failed += it.failures;
    }
    return { finished, failed };
  }
}

interface DurationSeries {
  observe(value: number): void;
  exemplify(value: number, span: SampledSpan): void;
}

interface StageSeries {
  readonly success: DurationSeries;
  readonly failure: DurationSeries;
  readonly concurrent: { set(value: number): void };
  readonly countError: (error: ErrorDescription) => void;
}

class StageObserver implements HandlerObserver {
  readonly #series: StageSeries;
  executing = 0;
  finished = 0;
  failures = 0;

  constructor(series: StageSeries) {
    this.#series = series;
  }

  publish(): void {
    this.#series.concurrent.set(this.executing);
  }

  started(): void {
    this.executing++;
  }

  succeeded(seconds: number): void {
    this.executing--;
    this.finished++;
    this.#series.success.observe(seconds);
  }

  // An event that a business rule refuses has not passed the stage.
  rejected(seconds: number, attempts: number, error: ErrorDescription): void {
    this.failed(seconds, attempts, error);
  }

  failed(seconds: number, _attempts: number, error: ErrorDescription): void {
    this.executing--;
    this.finished++;
    this.failures++;
    this.#series.failure.observe(seconds);
    this.#series.countError(error);
  }

  sampled(outcome: Outcome, seconds: number, span: SampledSpan): void {
    const { success, failure } = this.#series;
    (outcome === 'success' ? success : failure).exemplify(seconds, span);
  }

  retried(): void {}

  abandoned(): void {
    this.executing--;
  }
}

const words = { decorator: 'Pipeline.step()', plural: 'pipelines', plugin: 'pipelines()' };

/** Kind of the work of stages on single events. */
export const stageKind: MeasuredKind<StageMetrics> = {
  name: 'pipeline',
  nameLabel: 'stage',
  fixedLabels: { pipeline: undefined },
  handlerLabels: false,
  naming: 'method',
  binding: 'lazy',
  outcomes: ['success', 'failure'],
  errorSource: SOURCE,
  drain: 'events in pipelines',
  metrics,
  measure: (deps) => new StageMetrics(deps),
  span: {
    prefix: 'pipeline',
    kind: 'internal',
    attributes: { pipeline: 'pipeline.name', stage: 'pipeline.stage' },
    // Whatever is active when the work begins belongs to another event.
    origin: 'carried',
    identifiesEvent: false,
  },
  words,
};

/** Spans of events that enter a pipeline. Nothing else is recorded of them. */
export const entryKind: HandlerKind = {
  name: 'pipeline',
  nameLabel: 'pipeline',
  handlerLabels: false,
  naming: 'method',
  binding: 'lazy',
  outcomes: ['success'],
  errorSource: SOURCE,
  drain: 'pipelines',
  span: {
    prefix: 'pipeline',
    kind: 'consumer',
    attributes: { pipeline: 'pipeline.name' },
    origin: 'context',
  },
  words,
};

/** Spans of events that enter a pipeline with the trace context of their sender. */
export const carriedEntryKind: HandlerKind = {
  ...entryKind,
  span: { ...entryKind.span, origin: 'event', identifiesEvent: false },
};

/** Spans of events that leave a pipeline. Nothing else is recorded of them. */
export const exitKind: HandlerKind = {
  ...entryKind,
  nameLabel: 'stream',
  fixedLabels: { pipeline: undefined },
  span: {
    prefix: 'pipeline',
    kind: 'producer',
    attributes: { pipeline: 'pipeline.name', stream: 'stream.name' },
    origin: 'known',
    identifiesEvent: false,
  },
};

/** Spans of windows. Nothing else is recorded of them as of work. */
export const windowKind: HandlerKind = {
  ...entryKind,
  nameLabel: 'stage',
  fixedLabels: { pipeline: undefined },
  span: {
    prefix: 'pipeline',
    kind: 'internal',
    attributes: { pipeline: 'pipeline.name', stage: 'pipeline.stage' },
    origin: 'links',
    identifiesEvent: false,
  },
};
