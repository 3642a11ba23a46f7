import {
  type MonoTypeOperatorFunction,
  Observable,
  type ObservedValueOf,
  type ObservableInput,
  type OperatorFunction,
  tap,
} from 'rxjs';
import type { Counter } from '../metrics/instruments/counter.js';
import type { Histogram } from '../metrics/instruments/histogram.js';
import type { LabelValues } from '../metrics/instruments/instrument.js';
import type { PipelineConnection, PipelineInstruments } from './connection.js';
import { type Flattening, flattening, type Project } from './flattening/flattening.js';
import type { PipelineHealth } from './health/pipeline-health.js';
import type { PipelineWatch } from './health/pipeline-watch.js';
import type { AnyNodeStream } from './node-streams/node-stream.js';
import { observedIterable } from './iterations/observed-iteration.js';
import { observedCall } from './iterations/observed-result.js';
import { PipelineParts } from './pipeline-parts.js';
import { observedRun } from './runs.js';
import { DROP_REASONS, type DropReason } from './stage.js';
import { observedStep, type StepType } from './step.js';
import type { StreamOptions, StreamRole } from './stream-options.js';
import { observedOperator, type OperatorStageOptions } from './windows/observed-operator.js';

/** Options of a step. */
export interface StepOptions {
  /** A filter counts as out what it lets pass. @defaultValue 'map' */
  readonly type?: StepType;
}

/**
 * A pipeline: streams through which events enter and leave, and stages that work on them. Its operators take the place of
 * those of rxjs and do the same; they count events and keep the trace of each. Make the operators once, not per event.
 */
export class EventPipeline {
  readonly #parts: PipelineParts;

  /** @internal */
  constructor(name: string, connection: PipelineConnection) {
    this.#parts = new PipelineParts(name, connection);
  }

  /** Name: the value of the label `pipeline`. */
  get name(): string {
    return this.#parts.name;
  }

  /** @internal Watch of its health. */
  get watch(): PipelineWatch {
    return this.#parts.watch;
  }

  /** @internal True while a run has not ended. */
  get isRunning(): boolean {
    return this.#parts.runs.open > 0;
  }

  /** @internal Number of streams that something subscribes to. */
  get activeStreams(): number {
    return this.#parts.activeStreams;
  }

  /**
   * Returns an operator that counts the events of a stream. The first stream of a pipeline is its input, each further one
   * an output, unless the option `role` says otherwise.
   *
   * @param name - Value of the label `stream`, 1 to 128 characters with low cardinality.
   */
  stream<T>(name: string, options: StreamOptions<T> = {}): MonoTypeOperatorFunction<T> {
    return this.#parts.stream(name, options).operator<T>();
  }

  /**
   * Observes a stream of Node.js and returns it: chunks that pass, buffers, and the time for which its writable side
   * refused further ones. Observe it before the first chunk.
   *
   * @param name - Value of the label `stream`, 1 to 128 characters with low cardinality.
   */
  observe<S extends AnyNodeStream>(
    nodeStream: S,
    name: string,
    options: { readonly role?: StreamRole } = {},
  ): S {
    return this.#parts.stream(name, options).observe(nodeStream);
  }

  /**
   * Returns a function that does the same work and counts it as a stage: a predicate of `filter`, a function of `map`, the
   * handler of a message. The event is its first argument.
   *
   * @param name - Value of the label `stage`, 1 to 128 characters with low cardinality.
   */
  step<F extends (...args: never[]) => unknown>(
    name: string,
    work: F,
    { type = 'map' }: StepOptions = {},
  ): F {
    return observedStep(work, this.#parts.stage(name, type), type);
  }

  /**
   * Returns an operator of rxjs as a stage: events that arrive and results that leave. With the option `window` each result
   * is a window of events: counted, timed and linked to the spans of its events.
   *
   * @param name - Value of the label `stage`, 1 to 128 characters with low cardinality.
   */
  stage<T, R>(
    name: string,
    operator: OperatorFunction<T, R>,
    options: OperatorStageOptions<R> = {},
  ): OperatorFunction<T, R> {
    return observedOperator(operator, this.#parts.stage(name), options);
  }

  /**
   * Returns `mergeMap` of rxjs as a stage.
   *
   * @param name - Value of the label `stage`.
   * @param concurrency - Events that are worked on at once, 1 or more; further ones wait. @defaultValue no limit
   */
  mergeMap<T, O extends ObservableInput<unknown>>(
    name: string,
    project: (event: T, index: number) => O,
    concurrency = Infinity,
  ): OperatorFunction<T, ObservedValueOf<O>> {
    return this.#flatten('mergeMap', { name, project, concurrency, drops: ['cancelled'] });
  }

  /** Returns `concatMap` of rxjs as a stage: one event after the other. @param name - Value of the label `stage`. */
  concatMap<T, O extends ObservableInput<unknown>>(
    name: string,
    project: (event: T, index: number) => O,
  ): OperatorFunction<T, ObservedValueOf<O>> {
    return this.#flatten('concatMap', { name, project, concurrency: 1, drops: ['cancelled'] });
  }

  /**
   * Returns `switchMap` of rxjs as a stage: an event cancels the work on the one before, which counts as dropped.
   *
   * @param name - Value of the label `stage`.
   */
  switchMap<T, O extends ObservableInput<unknown>>(
    name: string,
    project: (event: T, index: number) => O,
  ): OperatorFunction<T, ObservedValueOf<O>> {
    return this.#flatten('switchMap', { name, project, concurrency: 1, drops: ['cancelled'] });
  }

  /**
   * Returns `exhaustMap` of rxjs as a stage: events that arrive while one is worked on are dropped.
   *
   * @param name - Value of the label `stage`.
   */
  exhaustMap<T, O extends ObservableInput<unknown>>(
    name: string,
    project: (event: T, index: number) => O,
  ): OperatorFunction<T, ObservedValueOf<O>> {
    const drops = ['overflow', 'cancelled'] as const;
    return this.#flatten('exhaustMap', { name, project, concurrency: 1, drops });
  }

  /** Counts events that the application gives up in a stage: late ones, or those that find no room. */
  drop(stage: string, reason: DropReason, events = 1): void {
    const isKnown = DROP_REASONS.includes(reason) && Number.isFinite(events) && events >= 0;
    if (isKnown) this.#parts.stage(stage).giveUp(reason, events);
    else
      this.#parts.connection.report(new TypeError('drop() takes a reason and a number of events'));
  }

  /** Returns the Observable with its subscriptions counted as runs of the pipeline. Put it around the whole chain. */
  run<T>(source: Observable<T>): Observable<T> {
    return observedRun(source, this.#parts.runs);
  }

  /**
   * Returns an iterable of the same events, which are counted, for `for await`: of a generator, a Readable. Each iteration is
   * a run, which a loop that leaves early has cancelled.
   *
   * @param name - Value of the label `stream`, 1 to 128 characters with low cardinality.
   */
  each<T>(source: AsyncIterable<T>, name: string, options?: StreamOptions<T>): AsyncIterable<T> {
    const stream = this.#parts.stream(name, options ?? {});
    return observedIterable(source, { runs: this.#parts.runs, stream });
  }

  /** @internal Calls a method and returns its result with its runs counted. */
  ran(method: () => unknown): unknown {
    return observedCall(method, this.#parts.runs);
  }

  /** Returns an operator that increments a counter of the application with each event. */
  count<T, L extends string>(
    counter: Counter<L>,
    labelsOf: (event: T) => LabelValues<L>,
  ): MonoTypeOperatorFunction<T> {
    return this.#record((event: T) => counter.labels(labelsOf(event)).inc());
  }

  /** Returns an operator that observes a value of each event in a histogram of the application. */
  record<T, L extends string>(
    histogram: Histogram<L>,
    valueOf: (event: T) => number,
    labelsOf: (event: T) => LabelValues<L>,
  ): MonoTypeOperatorFunction<T> {
    return this.#record((event: T) => histogram.labels(labelsOf(event)).observe(valueOf(event)));
  }

  /**
   * Returns the health of the pipeline: the worst of its factors now, and how it was. A stage that has work and finishes none
   * of it, one for which events wait, and one that fails lower it; a pipeline without events is healthy.
   */
  health(): PipelineHealth {
    return this.watch.health(this.#parts.connection.clock.monotonicMs());
  }

  /** @internal Brings all series up to date. */
  publish(instruments: PipelineInstruments, nowMs: number): void {
    this.#parts.publish(instruments, nowMs);
  }

  #record<T>(record: (event: T) => void): MonoTypeOperatorFunction<T> {
    return tap((event) => {
      try {
        record(event);
      } catch (error) {
        this.#parts.connection.report(error);
      }
    });
  }

  #flatten<T, O extends ObservableInput<unknown>>(
    kind: Flattening,
    { name, project, concurrency, drops }: Flattened<T, O>,
  ): OperatorFunction<T, ObservedValueOf<O>> {
    const stage = this.#parts.stage(name, kind);
    stage.declare(concurrency, drops);
    const settings = { stage, clock: () => this.#parts.connection.clock, concurrency };
    return flattening(kind, project as Project<T, ObservedValueOf<O>>, settings);
  }
}

interface Flattened<T, O> {
  readonly name: string;
  readonly project: (event: T, index: number) => O;
  readonly concurrency: number;
  readonly drops: readonly DropReason[];
}
