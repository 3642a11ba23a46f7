import type { TracingObserver } from '../../kernel/call-tracer.js';
import type { EventStoreObserver, OperationObserver, StoreEffect } from '../../kernel/observer.js';
import { eventCount, requireSync } from '../../kernel/hooks.js';
import type { BindingContext } from '../binding/handler-binding.js';
import type { OperationDecoration } from '../decorators/handler-decoration.js';
import { StoreObservation, type StoreTarget } from './store-observation.js';
import type { PreparedCall, StoreOperationSpec, StreamEvents } from './store-operation-options.js';

/** Category of a stream whose id does not tell one. */
const UNKNOWN_CATEGORY = 'unknown';

// What such an id has before its first hyphen is as good as the id itself.
const ID_WITHOUT_CATEGORY = /^(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$|\d+(?:\D|$))/i;

/**
 * The part of a stream's id before its separator; `unknown` when there is none, or when the id begins with what is an id
 * itself, a UUID or a number: a label never has the id of a stream.
 */
export function streamCategory(stream: string, separator: string): string {
  const end = stream.indexOf(separator);
  if (end <= 0 || ID_WITHOUT_CATEGORY.test(stream)) return UNKNOWN_CATEGORY;
  return stream.slice(0, end);
}

const DEFAULT_SEPARATOR = '-';
/** Category of a call that is about streams of several categories. */
const SEVERAL = 'several';

/** What operations on the event stores of one application report to. */
export interface StoreReporting {
  readonly observer: EventStoreObserver;
  readonly context: BindingContext;
  /** Makes spans, when they are wanted. */
  readonly tracing: TracingObserver | undefined;
}

/** What an operation does to events as long as nobody says otherwise. */
export function effectOf(operation: string): StoreEffect {
  return operation.startsWith('append') ? 'append' : 'read';
}

/** One method of an event store, bound to an application. What its hooks do wrong is counted and changes nothing. */
export class StoreOperation {
  readonly decoration: OperationDecoration | undefined;
  readonly spec: StoreOperationSpec;
  readonly effect: StoreEffect;
  readonly #reporting: StoreReporting;
  readonly #observer: OperationObserver;

  constructor(
    spec: StoreOperationSpec,
    reporting: StoreReporting,
    decoration?: OperationDecoration,
  ) {
    this.spec = spec;
    this.decoration = decoration;
    this.effect = spec.effect ?? effectOf(spec.operation);
    this.#reporting = reporting;
    this.#observer = reporting.observer.bind(spec.operation);
  }

  /** Begins an observation of a call. */
  observe(target: StoreTarget): StoreObservation {
    const { operation, system } = this.spec;
    const { context, tracing } = this.#reporting;
    const { effect } = this;
    const observer = this.#observer;
    return new StoreObservation({ operation, effect, system, observer, context, tracing }, target);
  }

  /** What a call with these arguments is about. */
  targetOf(args: readonly unknown[]): StoreTarget {
    const { stream, perStream, category = UNKNOWN_CATEGORY } = this.spec;
    if (perStream !== undefined) return this.#commonTarget(this.perStream(args));
    const id = this.ask(() => stream?.(...args), undefined);
    return typeof id === 'string' ? { stream: id, category: this.categoryOf(id) } : { category };
  }

  /** The events of a call that appends to several streams. */
  perStream(args: readonly unknown[]): readonly StreamEvents[] {
    return this.ask(() => [...(this.spec.perStream?.(...args) ?? [])].map(checkedPart), []);
  }

  /** The arguments to call the method with. */
  prepare(args: readonly unknown[], call: PreparedCall): readonly unknown[] {
    const { prepare } = this.spec;
    if (prepare === undefined) return args;
    return this.ask(() => {
      const prepared = this.spec.prepare?.(args, call);
      // A copy: a list whose elements cannot be read must not reach the call of the method.
      if (Array.isArray(prepared)) return [...(prepared as readonly unknown[])];
      throw new TypeError('prepare() returned no list of arguments');
    }, args);
  }

  /** Metadata with the trace context of the call. */
  carry(metadata: unknown): unknown {
    const { tracing } = this.#reporting;
    if (tracing === undefined || this.spec.traceContext === false) return metadata;
    return this.ask(() => tracing.carry(metadata), metadata);
  }

  /** The category of a stream: bounded by whoever names streams, and by the limit of the metric. */
  categoryOf(stream: string): string {
    return this.ask(() => {
      const { categoryOf } = this.spec;
      if (categoryOf === undefined) return streamCategory(stream, DEFAULT_SEPARATOR);
      const category: unknown = categoryOf(stream);
      if (typeof category === 'string' && category !== '') return category;
      throw new TypeError('category() returned no text');
    }, UNKNOWN_CATEGORY);
  }

  /** Category of the stream that had moved on, if an error says so. */
  conflictOf(error: unknown, target: StoreTarget): string | undefined {
    const conflict = this.ask(() => this.spec.conflict?.(error), undefined);
    if (typeof conflict === 'string') return this.categoryOf(conflict);
    return conflict === true ? target.category : undefined;
  }

  /** Publishes the version of a stream, if the application names it and the call tells. */
  publishVersion({ stream }: StoreTarget, result: unknown, args: readonly unknown[]): void {
    const { versionsOf, version } = this.spec;
    if (stream === undefined || version === undefined || versionsOf?.has(stream) !== true) return;
    this.ask(() => {
      const told = version(result, ...args);
      if (told !== undefined) this.#reporting.observer.streamVersion(stream, eventCount(told));
    }, undefined);
  }

  /** The answer of a hook; what it throws is counted. */
  ask<T>(hook: () => T, fallback: T): T {
    try {
      return requireSync(hook());
    } catch (fault) {
      this.#reporting.context.faults.report('event-store', fault);
      return fallback;
    }
  }

  #commonTarget(parts: readonly StreamEvents[]): StoreTarget {
    const categories = new Set(parts.map(({ stream }) => this.categoryOf(stream)));
    const [category = UNKNOWN_CATEGORY] = categories;
    return { category: categories.size > 1 ? SEVERAL : category };
  }
}

function checkedPart({ stream, events }: StreamEvents): StreamEvents {
  if (typeof stream === 'string' && Number.isSafeInteger(events) && events >= 0) {
    return { stream, events };
  }
  throw new TypeError('perStream() returned something else than streams with numbers of events');
}
