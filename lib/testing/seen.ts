import type { StoredLine } from '../logging/log-store.js';
import { assertNothingElse, MetricExpectation, type SampleChange } from './metric-expectation.js';
import type { SeenSpans } from './seen-spans.js';
import type { Labels } from './samples.js';

/** Records of some work. */
interface SeenParts extends SampleChange {
  readonly lines: readonly StoredLine[];
  /** @throws Error if the process records no spans. */
  spans(): SeenSpans;
}

/** Metrics, spans and log lines of some work of a test. */
export class Seen<T = unknown> {
  /** Result of the work. */
  readonly result: T;
  /** Log lines, if the application has the plugin `logging()`; redacted as in every sink. */
  readonly lines: readonly StoredLine[];
  readonly #parts: SeenParts;
  readonly #named = new Map<string, Labels[]>();

  /** @internal */
  constructor(result: T, parts: SeenParts) {
    this.result = result;
    this.lines = parts.lines;
    this.#parts = parts;
  }

  /**
   * Spans that ended during the work.
   *
   * @throws Error if the process has another tracer provider, or lacks packages of OpenTelemetry; the message names them.
   */
  get spans(): SeenSpans {
    return this.#parts.spans();
  }

  /**
   * Returns an expectation about the series of a metric.
   *
   * @param name - Name as on `/metrics`; of a histogram also with `_count` or `_sum`.
   * @param labels - Labels that the series have, among others. @defaultValue any
   */
  metric(name: string, labels: Labels = {}): MetricExpectation {
    const named = this.#named.get(name) ?? [];
    this.#named.set(name, [...named, labels]);
    return new MetricExpectation(name, labels, this.#parts);
  }

  /**
   * Requires that no series of a metric has changed, except those that the test has named with {@link Seen.metric}.
   *
   * @param name - Name as on `/metrics`.
   * @throws AssertionError which lists what else has changed.
   */
  nothingElse(name: string): void {
    assertNothingElse(name, this.#parts, this.#named.get(name) ?? []);
  }
}
