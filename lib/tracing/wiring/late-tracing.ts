import type {
  CallTrace,
  CallTracer,
  OperationInfo,
  OperationTrace,
  TracedHandler,
  TracingObserver,
} from '../../kernel/call-tracer.js';
import type { Faults } from '../../kernel/faults.js';
import { isAnythingRegistered } from '../start-up/sdk/otel-globals.js';

/** What a {@link LateTracing} works with. */
export interface LateTracingDeps {
  readonly faults: Faults;
  /** Loads what makes spans. */
  load(): Promise<TracingObserver | undefined>;
}

/**
 * Stands for what makes spans until somebody registers anything with the API of OpenTelemetry: an application that has
 * not loaded the API by its start mostly never does, and need not load it for us. Calls that end before it has been
 * loaded then have no span.
 */
export class LateTracing implements TracingObserver {
  readonly #parts: LateTracingDeps;
  #isAskedFor = false;
  #loaded: TracingObserver | undefined;

  constructor(parts: LateTracingDeps) {
    this.#parts = parts;
  }

  /** What makes spans, once it is there. Asked for every call: it is cheap. */
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
    // Mostly that is all: nobody registers anything.
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
