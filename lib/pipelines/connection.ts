import type { HandlerBinding } from '../instrumentation/binding/handler-binding.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import type { CallTracer, LinkedSpan, TracedHandler } from '../kernel/call-tracer.js';
import { type Clock, systemClock } from '../kernel/clock.js';
import { pipelineStreamMetrics } from '../metrics/catalogue/plugins/pipeline-streams.js';
import { pipelineWindowMetrics } from '../metrics/catalogue/plugins/pipeline-windows.js';
import { pipelineMetrics, pipelineStageMetrics } from '../metrics/catalogue/plugins/pipelines.js';
import { registerCatalogue } from '../metrics/recorders/catalogue-instruments.js';
import type { MetricRegistry } from '../metrics/registry.js';
import { carriedEntryKind, entryKind, exitKind, stageKind, windowKind } from './stage-kind.js';

/** Instruments of all pipelines of an application. */
export type PipelineInstruments = ReturnType<typeof registerPipelines>;

/** Registers the metrics of pipelines. */
export function registerPipelines(registry: MetricRegistry, namespace: string) {
  const naming = { namespace };
  return {
    pipelines: registerCatalogue(registry, pipelineMetrics, naming),
    streams: registerCatalogue(registry, pipelineStreamMetrics, naming),
    stages: registerCatalogue(registry, pipelineStageMetrics, naming),
    windows: registerCatalogue(registry, pipelineWindowMetrics, naming),
  };
}

/** Parts of an application that its pipelines receive when it starts. */
export interface PipelineApplication {
  readonly clock: Clock;
  readonly instruments: PipelineInstruments;
  readonly instrumentation: Instrumentation;
  report(error: unknown): void;
}

/** Connection of the pipelines, which providers make in their constructors, to the application, which starts later. */
export class PipelineConnection {
  /** Work that is known to end. */
  readonly works = new OpenWorks();
  #application: PipelineApplication | undefined;

  get clock(): Clock {
    return this.#application?.clock ?? systemClock;
  }

  /** Instruments; `undefined` before the application starts and after it has stopped. */
  get instruments(): PipelineInstruments | undefined {
    return this.#application?.instruments;
  }

  connect(application: PipelineApplication | undefined): void {
    this.#application = application;
  }

  report(error: unknown): void {
    this.#application?.report(error);
  }

  /** Makes the active span the origin of an event. */
  published(event: unknown): void {
    this.#application?.instrumentation.tracing?.published(event);
  }

  /** Returns the sampled span from which an event follows. */
  producerOf(event: unknown): LinkedSpan | undefined {
    return this.#application?.instrumentation.tracing?.producerOf?.(event);
  }

  /** Returns the binding of the work of a stage; `undefined` while nothing is recorded. */
  bindStage({ pipeline, stage }: StageLabels, type: string): HandlerBinding | undefined {
    const identity = { kind: stageKind, name: stage, labels: { pipeline } };
    const span = { attributes: () => ({ 'pipeline.stage.type': type }) };
    return this.#application?.instrumentation.bindWork(identity, { isTraced: true, span });
  }

  /** Returns the tracer of events that enter a pipeline: the active span, or what the hooks read, is their sender. */
  traceEntries({ pipeline, stream }: StreamLabels, sender?: SenderHooks): CallTracer | undefined {
    return this.#application?.instrumentation.tracing?.bind({
      kind: sender === undefined ? entryKind : carriedEntryKind,
      name: pipeline,
      labels: {},
      span: { attributes: () => ({ 'stream.name': stream }) },
      ...sender,
    });
  }

  /** Returns the tracer of events that leave a pipeline. */
  traceExits({ pipeline, stream }: StreamLabels): CallTracer | undefined {
    const identity = { kind: exitKind, name: stream, labels: { pipeline } };
    return this.#application?.instrumentation.tracing?.bind({ ...identity, span: {} });
  }

  /** Returns the tracer of windows, whose spans link to those of their events. */
  traceWindows({ pipeline, stage }: StageLabels, windowType: string): CallTracer | undefined {
    return this.#application?.instrumentation.tracing?.bind({
      kind: windowKind,
      name: stage,
      labels: { pipeline },
      span: {
        attributes: (window) => ({
          'pipeline.stage.type': 'window',
          'pipeline.window.type': windowType,
          'events.count': (window as { readonly events: number }).events,
        }),
      },
    });
  }
}

/** Labels of a stream. */
export interface StreamLabels {
  readonly pipeline: string;
  readonly stream: string;
}

/** Hooks that read where an event comes from. */
type SenderHooks = Required<Pick<TracedHandler, 'metadata' | 'eventTime'>>;

/** Labels of a stage. */
export interface StageLabels {
  readonly pipeline: string;
  readonly stage: string;
}

/** Counts work, so that a drain can wait for its end. */
class OpenWorks {
  #open = 0;
  #idle: () => void = () => undefined;

  /** @returns Function to call at the end, once. */
  hold(): () => void {
    this.#open++;
    return () => {
      this.#open--;
      if (this.#open === 0) this.#idle();
    };
  }

  /** Resolves when no work is open. */
  async ended(): Promise<void> {
    if (this.#open > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }
}
