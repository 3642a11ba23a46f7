import type {
  CallTrace,
  CallTracer,
  LinkedSpan,
  OperationInfo,
  OperationTrace,
  TracedHandler,
  TracingObserver,
} from '../../kernel/call-tracer.js';
import type { Faults } from '../../kernel/faults.js';
import { isAnythingRegistered } from '../start-up/sdk/otel-globals.js';

/** Dependencies of a {@link LateTracing}. */
export interface LateTracingDeps {
  readonly faults: Faults;
  /** Loads the tracing observer. */
  load(): Promise<TracingObserver | undefined>;
}

/**
 * Placeholder for the tracing observer until an OpenTelemetry component is registered. An
 * application that has not loaded the API by its start rarely uses it and does not need to load it.
 * Calls that end before the observer is loaded have no span.
 */
export class LateTracing implements TracingObserver {
  readonly #parts: LateTracingDeps;
  #isAskedFor = false;
  #loaded: TracingObserver | undefined;

  constructor(parts: LateTracingDeps) {
    this.#parts = parts;
  }

  /** True once an OpenTelemetry component is registered. */
  get isNeeded(): boolean {
    return isAnythingRegistered();
  }

  /** Loaded observer, if any. Called per observation, and cheap. */
  get loaded(): TracingObserver | undefined {
    if (this.#loaded === undefined && !this.#isAskedFor && isAnythingRegistered()) this.#load();
    return this.#loaded;
  }

  /** {@inheritDoc TracingObserver.bind} */
  bind(handler: TracedHandler): CallTracer {
    return this.loaded?.bind(handler) ?? new LateTracer(handler, this);
  }

  /** {@inheritDoc TracingObserver.followOperation} */
  followOperation(operation: OperationInfo): OperationTrace | undefined {
    return this.loaded?.followOperation(operation);
  }

  /** {@inheritDoc TracingObserver.carry} */
  carry(metadata: unknown): unknown {
    const { loaded } = this;
    return loaded === undefined ? metadata : loaded.carry(metadata);
  }

  /** {@inheritDoc TracingObserver.published} */
  published(message: unknown): void {
    this.loaded?.published(message);
  }

  /** {@inheritDoc TracingObserver.producerOf} */
  producerOf(message: unknown): LinkedSpan | undefined {
    return this.loaded?.producerOf?.(message);
  }

  /** {@inheritDoc TracingObserver.strays} */
  strays(): ReadonlyMap<string, number> {
    return this.#loaded?.strays?.() ?? new Map();
  }

  /** {@inheritDoc TracingObserver.deliver} */
  deliver(message: unknown, work: () => void): void {
    const { loaded } = this;
    if (loaded === undefined) work();
    else loaded.deliver(message, work);
  }

  #load(): void {
    this.#isAskedFor = true;
    this.#parts.load().then(
      (it) => (this.#loaded = it),
      (fault: unknown) => this.#parts.faults.report('tracing', fault),
    );
  }
}

class LateTracer implements CallTracer {
  readonly #handler: TracedHandler;
  readonly #tracing: LateTracing;
  #tracer: CallTracer | undefined;

  constructor(handler: TracedHandler, tracing: LateTracing) {
    this.#handler = handler;
    this.#tracing = tracing;
  }

  /** {@inheritDoc CallTracer.isActive} */
  isActive(): boolean {
    // The common case: no OpenTelemetry component is registered.
    if (this.#tracer === undefined && !isAnythingRegistered()) return false;
    return this.#tracerNow()?.isActive() ?? false;
  }

  /** {@inheritDoc CallTracer.follow} */
  follow(args: readonly unknown[]): CallTrace | undefined {
    return this.#tracerNow()?.follow(args);
  }

  #tracerNow(): CallTracer | undefined {
    return (this.#tracer ??= this.#tracing.loaded?.bind(this.#handler));
  }
}
