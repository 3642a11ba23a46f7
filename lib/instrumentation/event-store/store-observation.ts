import type { OperationTrace, TracingObserver } from '../../kernel/call-tracer.js';
import type { ErrorDescription } from '../../kernel/errors/error-description.js';
import { eventCount } from '../../kernel/hooks.js';
import type { OperationObserver, StoreEffect } from '../../kernel/observer.js';
import type { BindingContext } from '../binding/handler-binding.js';

/** Operation as recorded by one application. */
export interface RecordedOperation {
  readonly operation: string;
  readonly effect: StoreEffect;
  readonly system?: string | undefined;
  readonly observer: OperationObserver;
  readonly context: BindingContext;
  /** Creates spans, if tracing is enabled. */
  readonly tracing: TracingObserver | undefined;
}

/** Stream and category of a call. */
export interface StoreTarget {
  readonly category: string;
  readonly stream?: string | undefined;
}

/** Description of a conflict without an error. */
const CONFLICT: ErrorDescription = { type: 'Conflict', category: 'transient' };

/** One event store operation from start to end. It ends once and never throws. */
export class StoreObservation {
  readonly #recorded: RecordedOperation;
  readonly #target: StoreTarget;
  readonly #startedMs: number;
  readonly #trace: OperationTrace | undefined;
  #events = 0;
  #open = true;

  constructor(recorded: RecordedOperation, target: StoreTarget) {
    this.#recorded = recorded;
    this.#target = target;
    const { operation, effect, system, tracing } = recorded;
    const appends = effect === 'append';
    const { category: streamCategory, stream: streamId } = target;
    this.#trace = this.#guard('tracing', () =>
      tracing?.followOperation({ operation, system, streamCategory, streamId, appends }),
    );
    this.#startedMs = this.#nowMs();
  }

  /** True until the end. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Runs work of the store as part of the operation. */
  run<T>(work: () => T): T {
    return this.#trace === undefined ? work() : this.#trace.run(work);
  }

  /** Counts events when they are appended or read. */
  count(answer: unknown, category = this.#target.category): void {
    const { effect, observer } = this.#recorded;
    this.#guard('observer', () => {
      const events = eventCount(answer);
      this.#events += events;
      if (effect === 'append') observer.written(category, events);
      else if (effect === 'read') observer.read(category, events);
    });
  }

  succeed(): void {
    if (!this.#close()) return;
    const seconds = this.#seconds();
    this.#guard('observer', () => this.#recorded.observer.succeeded(seconds));
    this.#exemplify('success', seconds);
    this.#guard('tracing', () => this.#trace?.ended({ events: this.#events, seconds }));
  }

  /** @param conflict - Category of the conflicting stream; `undefined` for any other failure. */
  fail(thrown: unknown, conflict?: string): void {
    if (this.#open)
      this.#fail(thrown, this.#recorded.context.classifier.describe(thrown), conflict);
  }

  /** Ends with a conflict that the result reports. */
  conflict(): void {
    if (this.#open) this.#fail(undefined, CONFLICT, this.#target.category);
  }

  /** Records a failure after success. */
  interrupt(thrown: unknown): void {
    const { observer, context } = this.#recorded;
    this.#guard('observer', () => observer.interrupted(context.classifier.describe(thrown)));
  }

  /** Cancels the observation, because the call was not an operation. */
  abandon(): void {
    this.#open = false;
  }

  #fail(thrown: unknown, error: ErrorDescription, conflict: string | undefined): void {
    const { observer } = this.#recorded;
    const seconds = this.#seconds();
    this.#close();
    this.#guard('observer', () => {
      observer.failed(seconds, error);
      if (conflict !== undefined) observer.conflicted(conflict);
    });
    this.#exemplify('failure', seconds);
    this.#guard('tracing', () =>
      this.#trace?.ended({
        events: this.#events,
        seconds,
        thrown,
        error,
        conflict: conflict !== undefined,
      }),
    );
  }

  #exemplify(outcome: 'success' | 'failure', seconds: number): void {
    const trace = this.#trace;
    if (trace === undefined) return;
    this.#guard('observer', () => {
      const span = trace.sampledSpan();
      if (span !== undefined) this.#recorded.observer.sampled?.(outcome, seconds, span);
    });
  }

  #seconds(): number {
    return (this.#nowMs() - this.#startedMs) / 1000;
  }

  /** Returns the current time; NaN, which metrics ignore, if the application's clock fails. */
  #nowMs(): number {
    return this.#guard('clock', () => this.#recorded.context.clock.monotonicMs()) ?? Number.NaN;
  }

  #guard<T>(component: string, call: () => T): T | undefined {
    try {
      return call();
    } catch (fault) {
      this.#recorded.context.faults.report(component, fault);
      return undefined;
    }
  }

  #close(): boolean {
    const wasOpen = this.#open;
    this.#open = false;
    return wasOpen;
  }
}
