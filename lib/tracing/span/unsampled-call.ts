import { context as contextApi, type Context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { CallTrace } from '../../kernel/call-tracer.js';

/** A call that nobody records; what it does belongs to it all the same, so that nothing below it is recorded either. */
export class UnsampledCall implements CallTrace {
  /** Kept for the reason that `CallSpan.shapeAnchor` is. */
  static readonly shapeAnchor: UnsampledCall = new UnsampledCall(ROOT_CONTEXT);

  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  /** {@inheritDoc CallTrace.run} */
  run<T>(work: () => T): T {
    return contextApi.with(this.#context, work);
  }

  setAttributes(): void {
    // Nobody records it.
  }

  addEvent(): void {
    // Nobody records it.
  }

  sampledSpan(): undefined {
    // There is none.
  }

  retried(): void {
    // Nobody records it.
  }

  ended(): void {
    // Nobody records it.
  }
}
