import { requireSync, shown } from '../../kernel/hooks.js';
import type { Attributes, Context, Link, SpanKind } from '@opentelemetry/api';

/** The decision of a sampler, as the OpenTelemetry SDK takes it. */
export interface SamplingResult {
  /** {@link NOT_RECORDED}, {@link RECORDED_ONLY} or {@link SAMPLED}. */
  readonly decision: number;
  readonly attributes?: Attributes;
  readonly traceState?: unknown;
}

/** The `Sampler` of the OpenTelemetry SDK, whatever its version. */
export interface Sampler {
  // The order of the parameters is the SDK's.
  // oxlint-disable-next-line max-params
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

/** What a sampler is asked. */
export type SamplingRequest = Parameters<Sampler['shouldSample']>;

// The values of `SamplingDecision`: an enum of the API that its next major version moves to the SDK.
/** The span is not recorded, and those who follow it are told so. */
export const NOT_RECORDED = 0;
/** The span is recorded for the processors of this process; those who follow it are told that it is not sampled. */
export const RECORDED_ONLY = 1;
/** The span is recorded, exported, and those who follow it are told so. */
export const SAMPLED = 2;

const DECISIONS: readonly number[] = [NOT_RECORDED, RECORDED_ONLY, SAMPLED];

/** A sampler of the application whose faults do not reach the code that starts a span: such a span is not recorded. */
export class FailOpenSampler implements Sampler {
  readonly #sampler: Sampler;
  readonly #onFault: (error: unknown) => void;

  constructor(sampler: Sampler, onFault: (error: unknown) => void) {
    this.#sampler = sampler;
    this.#onFault = onFault;
  }

  /** The decision of the other sampler. */
  shouldSample(...request: SamplingRequest): SamplingResult {
    try {
      return checked(requireSync(this.#sampler.shouldSample(...request)));
    } catch (error) {
      this.#onFault(error);
      return { decision: NOT_RECORDED };
    }
  }

  /** For diagnostics. */
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
