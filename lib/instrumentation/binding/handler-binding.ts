import type { CallEnd, CallTrace, CallTracer } from '../../kernel/call-tracer.js';
import type { Clock } from '../../kernel/clock.js';
import type { ErrorClassifier, Outcome } from '../../kernel/errors/error-classification.js';
import type { Faults } from '../../kernel/faults.js';
import type { HandlerIdentity, HandlerObserver, JobAttempt } from '../../kernel/observer.js';
import type { CallRecorder } from '../calls/call-recorder.js';
import { fateAfter } from '../calls/job-fate.js';
import { countEvents, HandledEvents } from '../calls/handled-events.js';
import type { HandlerDecoration } from '../decorators/handler-decoration.js';
import type { AnyHandlerOptions } from '../decorators/handler-options.js';

/** Dependencies shared by the bindings of one application. */
export interface BindingContext {
  readonly clock: Clock;
  readonly classifier: ErrorClassifier;
  readonly faults: Faults;
}

/** Handler bound to an application: one binding, or one per combination of label values. */
export interface BoundHandler {
  /** Decoration of the handler. Another class may have another handler at the same index of its table. */
  readonly decoration: HandlerDecoration | undefined;
  /** Returns the binding for the label values of the arguments. */
  select(args: readonly unknown[]): HandlerBinding | undefined;
}

/** Dependencies of a {@link HandlerBinding}; calls recorded by hand have no decoration. */
export interface HandlerBindingDeps {
  readonly observer: HandlerObserver;
  /** Traces single calls, if tracing is enabled. */
  readonly tracer?: CallTracer | undefined;
  readonly context: BindingContext;
  readonly decoration?: HandlerDecoration;
}

/** State of a call besides its start. */
export interface CallState {
  readonly attempts: number;
  /** Arguments of the call, if its events are recorded. */
  readonly args?: readonly unknown[];
  readonly trace?: CallTrace | undefined;
}

const PLAIN_CALL: CallState = { attempts: 1 };

/** One handler of one application: turns the start and end of a call into an observation. It never throws. */
export class HandlerBinding implements BoundHandler, CallRecorder {
  readonly identity: HandlerIdentity;
  readonly decoration: HandlerDecoration | undefined;
  readonly tracer: CallTracer | undefined;
  readonly #observer: HandlerObserver;
  readonly #context: BindingContext;
  // Cached from the context, because every call reads it twice.
  readonly #clock: Clock;
  readonly #options: AnyHandlerOptions;
  readonly #handledEvents: HandledEvents | undefined;
  /** True if results are not inspected. */
  readonly #isPlain: boolean;

  constructor(
    identity: HandlerIdentity,
    options: AnyHandlerOptions,
    { observer, tracer, context, decoration }: HandlerBindingDeps,
  ) {
    this.identity = identity;
    this.decoration = decoration;
    this.#options = options;
    this.tracer = tracer;
    this.#context = context;
    this.#clock = context.clock;
    this.#observer = observer;
    this.#handledEvents = HandledEvents.of(options, observer, context.faults);
    this.#isPlain = this.#handledEvents === undefined && options.events === undefined;
  }

  /** True if a call must retain its arguments until its end. */
  get looksAtEvents(): boolean {
    return this.#handledEvents !== undefined || this.#options.attempt !== undefined;
  }

  /** {@inheritDoc BoundHandler.select} */
  select(): HandlerBinding {
    return this;
  }

  /** Receives the attempt that is about to start. */
  beginAttempt({ waitSeconds }: JobAttempt): void {
    if (waitSeconds !== undefined) this.#observer.waited?.(waitSeconds);
  }

  /** Starts an observation. @returns Start time, which the caller passes to the end. */
  start(): number {
    try {
      this.#observer.started();
    } catch (fault) {
      this.#report(fault);
    }
    return this.#nowMs();
  }

  /** Ends an observation with the handler's result. */
  succeed(startedMs: number, result: unknown, call: CallState = PLAIN_CALL): void {
    const seconds = this.#secondsSince(startedMs);
    const { attempts, trace, args } = call;
    try {
      if (this.#isPlain && call === PLAIN_CALL)
        return this.#observer.succeeded(seconds, 1, undefined);
      const events =
        this.#handledEvents === undefined || args === undefined
          ? this.#eventsOf(result)
          : this.#handledEvents.handled(args, result);
      this.#observer.succeeded(seconds, attempts, events);
      if (trace === undefined) return;
      this.#endTrace(trace, { outcome: 'success', attempts, seconds, events, result });
    } catch (fault) {
      this.#report(fault);
    }
  }

  /** Ends an observation with the error of the handler. */
  fail(startedMs: number, thrown: unknown, call: CallState = PLAIN_CALL): void {
    const seconds = this.#secondsSince(startedMs);
    const { attempts, trace, args } = call;
    try {
      const fate = fateAfter(thrown, {
        args,
        options: this.#options,
        faults: this.#context.faults,
      });
      if (fate === 'postponed') {
        this.#observer.abandoned();
        return trace?.ended({ outcome: 'success', attempts, seconds });
      }
      const outcome = this.#outcomeOf(thrown);
      const error = outcome === 'success' ? undefined : this.#context.classifier.describe(thrown);
      if (error === undefined) this.#observer.succeeded(seconds, attempts, undefined);
      else if (outcome === 'rejected') this.#observer.rejected(seconds, attempts, error);
      else this.#observer.failed(seconds, attempts, error);
      if (fate === 'retried' && error !== undefined) this.#observer.retried(error);
      else if (error !== undefined) this.#observer.exhausted?.();
      const end = { outcome, attempts, seconds, thrown, error };
      if (trace !== undefined) this.#endTrace(trace, end);
      else if (error !== undefined) this.tracer?.failed?.(end);
    } catch (fault) {
      this.#report(fault);
    }
  }

  /** Records a failed attempt that is retried. */
  retry(thrown: unknown, trace?: CallTrace): void {
    try {
      const error = this.#context.classifier.describe(thrown);
      this.#observer.retried(error);
      trace?.retried(thrown, error);
    } catch (fault) {
      this.#report(fault);
    }
  }

  /** Records the end of a handling with an unknown start, and its error, if it failed. */
  endUntimed(failure?: { readonly thrown: unknown }): void {
    try {
      const { classifier } = this.#context;
      this.#observer.endedUntimed?.(failure && classifier.describe(failure.thrown));
    } catch (fault) {
      this.#report(fault);
    }
  }

  /** Cancels a start that turned out not to be an observation. */
  abandon(): void {
    try {
      this.#observer.abandoned();
    } catch (fault) {
      this.#report(fault);
    }
  }

  /** Runs work of the call. The binding itself has no context. */
  run<T>(work: () => T): T {
    return work();
  }

  /** Returns true if a tracer may record the next call. Called for every call. */
  isFollowed(): boolean {
    if (this.tracer === undefined) return false;
    try {
      return this.tracer.isActive();
    } catch (fault) {
      this.#context.faults.report('tracing', fault);
      return false;
    }
  }

  /** Starts to trace a call, if a tracer records it. */
  follow(args: readonly unknown[]): CallTrace | undefined {
    if (this.tracer === undefined) return undefined;
    try {
      return this.tracer.follow(args);
    } catch (fault) {
      this.#context.faults.report('tracing', fault);
      return undefined;
    }
  }

  /** {@inheritDoc CallRecorder.again} */
  again(): HandlerBinding {
    return this;
  }

  #endTrace(trace: CallTrace, end: CallEnd): void {
    const span = trace.sampledSpan();
    if (span !== undefined) this.#observer.sampled?.(end.outcome, end.seconds, span);
    trace.ended(end);
  }

  #secondsSince(startedMs: number): number {
    return (this.#nowMs() - startedMs) / 1000;
  }

  /** Returns the current time; NaN, which metrics ignore, if the application's clock fails. */
  #nowMs(): number {
    try {
      return this.#clock.monotonicMs();
    } catch (fault) {
      this.#context.faults.report('clock', fault);
      return Number.NaN;
    }
  }

  #outcomeOf(error: unknown): Outcome {
    const options = this.#options;
    const hook = options.outcome && ((it: unknown) => options.outcome?.(it));
    return this.#context.classifier.outcomeOf(error, hook);
  }

  #eventsOf(result: unknown): number | undefined {
    try {
      return this.#options.events && countEvents(this.#options.events(result));
    } catch (fault) {
      this.#context.faults.report('events', fault);
      return undefined;
    }
  }

  #report(fault: unknown): void {
    this.#context.faults.report('observer', fault);
  }
}
