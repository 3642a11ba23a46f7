import type { TracingObserver } from '../../kernel/call-tracer.js';
import type { EventStoreObserver, OperationObserver, StoreEffect } from '../../kernel/observer.js';
import { absorb, eventCount, requireSync } from '../../kernel/hooks.js';
import type { BindingContext } from '../binding/handler-binding.js';
import type { OperationDecoration } from '../decorators/handler-decoration.js';
import { StoreObservation, type StoreTarget } from './store-observation.js';
import type { PreparedCall, StoreOperationSpec, StreamEvents } from './store-operation-options.js';

/** Category of a stream whose id has none. */
const UNKNOWN_CATEGORY = 'unknown';

// The part of such an id before its first hyphen would itself act as an id.
const ID_WITHOUT_CATEGORY = /^(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$|\d+(?:\D|$))/i;

/**
 * Returns the part of a stream's id before its separator; `unknown` without one, or when the id
 * begins with a UUID or number, so that a label never contains the id of a stream.
 */
export function streamCategory(stream: string, separator: string): string {
  const end = stream.indexOf(separator);
  if (end <= 0 || ID_WITHOUT_CATEGORY.test(stream)) return UNKNOWN_CATEGORY;
  return stream.slice(0, end);
}

const DEFAULT_SEPARATOR = '-';
/** Category of a call with streams of several categories. */
const SEVERAL = 'several';

/** Dependencies of the event store operations of one application. */
export interface StoreReporting {
  readonly observer: EventStoreObserver;
  readonly context: BindingContext;
  /** Creates spans, if tracing is enabled. */
  readonly tracing: TracingObserver | undefined;
}

/** Returns the default effect of an operation on events. */
export function effectOf(operation: string): StoreEffect {
  return operation.startsWith('append') ? 'append' : 'read';
}

/** Event store method bound to an application. Faults of its hooks are counted and isolated. */
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

  /** Starts the observation of a call. */
  observe(target: StoreTarget): StoreObservation {
    const { operation, system } = this.spec;
    const { context, tracing } = this.#reporting;
    const { effect } = this;
    const observer = this.#observer;
    return new StoreObservation({ operation, effect, system, observer, context, tracing }, target);
  }

  /** Returns the stream and category of a call. */
  targetOf(args: readonly unknown[]): StoreTarget {
    const { stream, perStream, category = UNKNOWN_CATEGORY } = this.spec;
    if (perStream !== undefined) return this.#commonTarget(this.perStream(args));
    const id = this.ask(() => stream?.(...args), undefined);
    return typeof id === 'string' ? { stream: id, category: this.categoryOf(id) } : { category };
  }

  /** Returns the events of a call that appends to several streams. */
  perStream(args: readonly unknown[]): readonly StreamEvents[] {
    return this.ask(
      () => [...(requireSync(this.spec.perStream?.(...args)) ?? [])].map(checkedPart),
      [],
    );
  }

  /** Returns the arguments for the method. */
  prepare(args: readonly unknown[], call: PreparedCall): readonly unknown[] {
    const { prepare } = this.spec;
    if (prepare === undefined) return args;
    return this.ask(() => {
      const prepared = requireSync(this.spec.prepare?.(args, call));
      // A copy, because a list with unreadable elements must not reach the call of the method.
      if (Array.isArray(prepared)) return [...(prepared as readonly unknown[])];
      throw new TypeError('prepare() returned no list of arguments');
    }, args);
  }

  /** Returns metadata with the trace context of the call. */
  carry(metadata: unknown): unknown {
    const { tracing } = this.#reporting;
    if (tracing === undefined || this.spec.traceContext === false) return metadata;
    return this.ask(() => tracing.carry(metadata), metadata);
  }

  /** Returns the category of a stream. The names of streams and the series limit bound its cardinality. */
  categoryOf(stream: string): string {
    return this.ask(() => {
      const { categoryOf } = this.spec;
      if (categoryOf === undefined) return streamCategory(stream, DEFAULT_SEPARATOR);
      const category: unknown = requireSync(categoryOf(stream));
      if (typeof category === 'string' && category !== '') return category;
      throw new TypeError('category() returned no text');
    }, UNKNOWN_CATEGORY);
  }

  /** Returns the category of the conflicting stream, if an error reports a conflict. */
  conflictOf(error: unknown, target: StoreTarget): string | undefined {
    const conflict = this.ask(() => this.spec.conflict?.(error), undefined);
    if (typeof conflict === 'string') return this.categoryOf(conflict);
    return conflict === true ? target.category : undefined;
  }

  /** Publishes the version of a stream if the application has configured it and the call reports it. */
  publishVersion({ stream }: StoreTarget, result: unknown, args: readonly unknown[]): void {
    const { versionsOf, version } = this.spec;
    if (stream === undefined || version === undefined || versionsOf?.has(stream) !== true) return;
    this.ask(() => {
      const told = version(result, ...args);
      if (told !== undefined) this.#reporting.observer.streamVersion(stream, eventCount(told));
    }, undefined);
  }

  /** Returns the result of a hook, or the fallback after a fault, which is counted. */
  ask<T>(hook: () => T, fallback: T): T {
    try {
      return requireSync(hook());
    } catch (fault) {
      this.#reporting.context.faults.report('event_store', fault);
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
  absorb(stream);
  absorb(events);
  throw new TypeError('perStream() returned something else than streams with numbers of events');
}
