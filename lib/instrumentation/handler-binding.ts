import type { Clock } from '../kernel/clock.js';
import type { ErrorClassifier } from '../kernel/error-classifier.js';
import type { Faults } from '../kernel/faults.js';
import type { HandlerIdentity, HandlerObserver } from '../kernel/observer.js';
import type { BoundHandler } from './bindings.js';
import type { CallRecorder } from './call-recorder.js';
import type { CommandOptions } from './handler-options.js';

/** What bindings of one application share. */
export interface BindingContext {
  readonly clock: Clock;
  readonly classifier: ErrorClassifier;
  readonly faults: Faults;
}

/** One handler of one application: turns the start and end of a call into an observation. It never throws. */
export class HandlerBinding implements BoundHandler, CallRecorder {
  readonly identity: HandlerIdentity;
  readonly #observer: HandlerObserver;
  readonly #context: BindingContext;
  readonly #options: CommandOptions;

  constructor(
    identity: HandlerIdentity,
    options: CommandOptions,
    { observer, context }: { readonly observer: HandlerObserver; readonly context: BindingContext },
  ) {
    this.identity = identity;
    this.#options = options;
    this.#observer = observer;
    this.#context = context;
  }

  /** {@inheritDoc BoundHandler.select} */
  select(): HandlerBinding {
    return this;
  }

  /** Begins an observation. @returns Its start, to be handed back at its end. */
  start(): number {
    try {
      this.#observer.started();
    } catch (fault) {
      this.#report(fault);
    }
    return this.#context.clock.monotonicMs();
  }

  /** Ends an observation with the handler's result. */
  succeed(startedMs: number, result: unknown, attempts = 1): void {
    const seconds = this.#secondsSince(startedMs);
    try {
      this.#observer.succeeded(seconds, attempts, this.#eventsOf(result));
    } catch (fault) {
      this.#report(fault);
    }
  }

  /** Ends an observation with what the handler threw. */
  fail(startedMs: number, error: unknown, attempts = 1): void {
    const seconds = this.#secondsSince(startedMs);
    const { classifier } = this.#context;
    try {
      const outcome = classifier.outcomeOf(error, this.#options.outcome);
      if (outcome === 'success') this.#observer.succeeded(seconds, attempts, undefined);
      else if (outcome === 'rejected')
        this.#observer.rejected(seconds, attempts, classifier.describe(error));
      else this.#observer.failed(seconds, attempts, classifier.describe(error));
    } catch (fault) {
      this.#report(fault);
    }
  }

  /** An attempt failed and the handler tries again. */
  retry(error: unknown): void {
    try {
      this.#observer.retried(this.#context.classifier.describe(error));
    } catch (fault) {
      this.#report(fault);
    }
  }

  /** Takes a start back: the call was no observation. */
  abandon(): void {
    try {
      this.#observer.abandoned();
    } catch (fault) {
      this.#report(fault);
    }
  }

  #secondsSince(startedMs: number): number {
    return (this.#context.clock.monotonicMs() - startedMs) / 1000;
  }

  #eventsOf(result: unknown): number | undefined {
    if (this.#options.events === undefined) return undefined;
    try {
      const events = this.#options.events(result);
      return typeof events === 'object' ? events.length : events;
    } catch (fault) {
      this.#context.faults.report('events', fault);
      return undefined;
    }
  }

  #report(fault: unknown): void {
    this.#context.faults.report('observer', fault);
  }
}
