import type { LinkedSpan, LinkedSpans } from '../../kernel/call-tracer.js';

/** Most links of a span: OpenTelemetry keeps no more. */
const CAPACITY = 128;

/** Spans of the latest sampled events: a ring, so that an event allocates nothing. */
export class WindowLinks {
  readonly #ring: LinkedSpan[] = [];
  /** Number of sampled events so far. */
  total = 0;

  note(span: LinkedSpan | undefined): void {
    if (span !== undefined) this.#ring[this.total++ % CAPACITY] = span;
  }

  /** Returns the spans of the events that followed when the total was `before`. */
  since(before: number): LinkedSpans {
    const sampled = this.total - before;
    const kept = Math.min(sampled, CAPACITY);
    const spans: LinkedSpan[] = [];
    for (let i = this.total - kept; i < this.total; i++) {
      const span = this.#ring[i % CAPACITY];
      if (span !== undefined) spans.push(span);
    }
    return { spans, omitted: sampled - kept };
  }
}
