import type { CallEnd, CallTrace } from '../call-tracer.js';

/** A call of which nothing is recorded. What follows calls overrides what it records. */
export class BareCall implements CallTrace {
  run<T>(work: () => T): T {
    return work();
  }

  setAttributes(): void {}

  addEvent(): void {}

  sampledSpan(): undefined {}

  retried(): void {}

  ended(_end: CallEnd): void {}
}
