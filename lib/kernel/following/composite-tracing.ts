import type {
  CallEnd,
  CallTrace,
  CallTracer,
  OperationEnd,
  OperationInfo,
  OperationTrace,
  SpanAttributes,
  TracedHandler,
  TracingObserver,
} from '../call-tracer.js';
import type { ErrorDescription } from '../errors/error-description.js';
import type { SampledSpan } from '../observer.js';
import { BareCall } from './bare-call.js';

/**
 * Combines the observer that makes spans with one that only follows calls, such as the log observer. The second one runs
 * within the span, and trace context is the business of the first one alone.
 */
export function compositeTracing(
  spans: TracingObserver | undefined,
  follower: TracingObserver,
): TracingObserver {
  return {
    withoutSpans: follower,
    bind: (handler) => compositeTracer(spans, follower, handler),
    followOperation: (operation) => followBoth(spans, follower, operation),
    carry: (metadata) => (spans === undefined ? metadata : spans.carry(metadata)),
    published: (message) => spans?.published(message),
    producerOf: (message) => spans?.producerOf?.(message),
    deliver: (message, work) => (spans === undefined ? work() : spans.deliver(message, work)),
  };
}

function compositeTracer(
  spans: TracingObserver | undefined,
  follower: TracingObserver,
  handler: TracedHandler,
): CallTracer {
  const lines = follower.bind(handler);
  return spans === undefined ? lines : new CompositeTracer(spans.bind(handler), lines);
}

class CompositeTracer implements CallTracer {
  readonly #span: CallTracer;
  readonly #line: CallTracer;
  readonly #spanless: CallTrace | undefined;
  readonly #lineless: CallTrace | undefined;

  constructor(span: CallTracer, line: CallTracer) {
    this.#span = span;
    this.#line = line;
    this.#spanless = unfollowedCall(span);
    this.#lineless = unfollowedCall(line);
  }

  /** {@inheritDoc CallTracer.isActive} */
  isActive(): boolean {
    return this.#line.isActive() || this.#span.isActive();
  }

  /** {@inheritDoc CallTracer.follow} */
  follow(args: readonly unknown[]): CallTrace | undefined {
    const span = this.#span.follow(args);
    const line = this.#line.follow(args);
    if (span === undefined && line === undefined) return undefined;
    return bothOf(span ?? this.#spanless, line ?? this.#lineless);
  }

  /** {@inheritDoc CallTracer.failed} */
  failed(end: CallEnd): void {
    this.#span.failed?.(end);
    this.#line.failed?.(end);
  }
}

function bothOf(span: CallTrace | undefined, line: CallTrace | undefined): CallTrace | undefined {
  if (span === undefined || line === undefined) return span ?? line;
  return new CompositeTrace(span, line);
}

/** Returns the part of a tracer in a call that only the other one follows; `undefined` when it has none. */
function unfollowedCall(tracer: CallTracer): CallTrace | undefined {
  return tracer.failed === undefined ? undefined : new UnfollowedCall(tracer);
}

class UnfollowedCall extends BareCall {
  readonly #tracer: CallTracer;

  constructor(tracer: CallTracer) {
    super();
    this.#tracer = tracer;
  }

  override ended(end: CallEnd): void {
    if (end.error !== undefined) this.#tracer.failed?.(end);
  }
}

class CompositeTrace implements CallTrace {
  readonly #span: CallTrace;
  readonly #line: CallTrace;

  constructor(span: CallTrace, line: CallTrace) {
    this.#span = span;
    this.#line = line;
  }

  run<T>(work: () => T): T {
    return this.#span.run(() => this.#line.run(work));
  }

  setAttributes(attributes: SpanAttributes): void {
    this.#span.setAttributes(attributes);
  }

  addEvent(name: string, attributes?: SpanAttributes): void {
    this.#span.addEvent(name, attributes);
  }

  sampledSpan(): SampledSpan | undefined {
    return this.#span.sampledSpan();
  }

  retried(thrown: unknown, error: ErrorDescription): void {
    try {
      this.#span.retried(thrown, error);
    } finally {
      this.#line.retried(thrown, error);
    }
  }

  ended(end: CallEnd): void {
    try {
      this.#span.ended(end);
    } finally {
      this.#line.ended(end);
    }
  }
}

function followBoth(
  spans: TracingObserver | undefined,
  follower: TracingObserver,
  operation: OperationInfo,
): OperationTrace | undefined {
  const span = spans?.followOperation(operation);
  const line = follower.followOperation(operation);
  if (span === undefined || line === undefined) return span ?? line;
  return {
    run: (work) => span.run(() => line.run(work)),
    sampledSpan: () => span.sampledSpan(),
    ended: (end: OperationEnd) => {
      try {
        span.ended(end);
      } finally {
        line.ended(end);
      }
    },
  };
}
