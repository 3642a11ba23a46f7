import { requireSync, shown } from '../../kernel/hooks.js';
import type { Attributes, Context, Link, SpanKind } from '@opentelemetry/api';

/** Sampling decision in the form of the OpenTelemetry SDK. */
export interface SamplingResult {
  /** {@link NOT_RECORDED}, {@link RECORDED_ONLY} or {@link SAMPLED}. */
  readonly decision: number;
  readonly attributes?: Attributes;
  readonly traceState?: unknown;
}

/** `Sampler` of any version of the OpenTelemetry SDK. */
export interface Sampler {
  // The SDK defines the order of the parameters. oxlint-disable-next-line max-params
  shouldSample(
    context: Context,
    traceId: string,
    name: string,
    kind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult;
  toString(): string;
}

/** Arguments of a sampler. */
export type SamplingRequest = Parameters<Sampler['shouldSample']>;

// Values of `SamplingDecision`, an enum that the next major version of the API moves to the SDK.
/** The span is not recorded, and the trace is propagated as unsampled. */
export const NOT_RECORDED = 0;
/** The span is recorded for processors of this process, and the trace is propagated as unsampled. */
export const RECORDED_ONLY = 1;
/** The span is recorded and exported, and the trace is propagated as sampled. */
export const SAMPLED = 2;

const DECISIONS: readonly number[] = [NOT_RECORDED, RECORDED_ONLY, SAMPLED];

/** Isolates faults of a custom sampler from the code that starts a span. After a fault the span is not recorded. */
export class FailOpenSampler implements Sampler {
  readonly #sampler: Sampler;
  readonly #onFault: (error: unknown) => void;

  constructor(sampler: Sampler, onFault: (error: unknown) => void) {
    this.#sampler = sampler;
    this.#onFault = onFault;
  }

  /** Returns the decision of the custom sampler. */
  shouldSample(...request: SamplingRequest): SamplingResult {
    try {
      return checked(requireSync(this.#sampler.shouldSample(...request)));
    } catch (error) {
      this.#onFault(error);
      return { decision: NOT_RECORDED };
    }
  }

  /** Returns a description for diagnostics. */
  toString(): string {
    try {
      return String(this.#sampler.toString());
    } catch {
      return 'unknown';
    }
  }
}

function checked(result: SamplingResult): SamplingResult {
  if (DECISIONS.includes(result.decision)) return result;
  throw new TypeError(`a sampler answers with a decision, not ${shown(result.decision)}`);
}
