import type { OperationTrace, TracingObserver } from '../../kernel/call-tracer.js';
import type { ErrorDescription } from '../../kernel/error-classification.js';
import { eventCount } from '../../kernel/hooks.js';
import type { OperationObserver, StoreEffect } from '../../kernel/observer.js';
import type { BindingContext } from '../binding/handler-binding.js';

/** An operation as one application records it. */
export interface RecordedOperation {
  readonly operation: string;
  readonly effect: StoreEffect;
  readonly system?: string | undefined;
  readonly observer: OperationObserver;
  readonly context: BindingContext;
  /** Makes spans, when they are wanted. */
  readonly tracing: TracingObserver | undefined;
}

/** What a call is about. */
export interface StoreTarget {
  readonly category: string;
  readonly stream?: string | undefined;
}

/** A failure that no error tells of. */
const CONFLICT: ErrorDescription = { type: 'Conflict', category: 'transient' };

/** One operation on an event store, from its start to its end. It ends once and never throws. */
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

  /** Whether it has not ended yet. */
  get isOpen(): boolean {
    return this.#open;
  }

  /** Runs work of the store as part of the operation. */
  run<T>(work: () => T): T {
    return this.#trace === undefined ? work() : this.#trace.run(work);
  }

  /** Counts events as they are appended or read. */
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

  /** @param conflict - Category of the stream that had moved on; `undefined` for any other failure. */
  fail(thrown: unknown, conflict?: string): void {
    if (this.#open)
      this.#fail(thrown, this.#recorded.context.classifier.describe(thrown), conflict);
  }

  /** The result of the call says that the stream had moved on. */
  conflict(): void {
    if (this.#open) this.#fail(undefined, CONFLICT, this.#target.category);
  }

  /** What had succeeded broke off. */
  interrupt(thrown: unknown): void {
    const { observer, context } = this.#recorded;
    this.#guard('observer', () => observer.interrupted(context.classifier.describe(thrown)));
  }

  /** It turned out to be no operation. */
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
      this.#trace?.ended({ events: this.#events, seconds, thrown, error }),
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

  /** NaN, which no metric takes, when the application's own clock fails. */
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
