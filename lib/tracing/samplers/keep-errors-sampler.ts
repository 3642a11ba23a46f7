import {
  NOT_RECORDED,
  RECORDED_ONLY,
  type Sampler,
  type SamplingRequest,
  type SamplingResult,
} from './sampler.js';

/**
 * Has spans recorded that another sampler leaves out, so that they can still be exported if they end in an error. The
 * sampled flag that other processes get to see stays what the other sampler decided.
 */
export class KeepErrorsSampler implements Sampler {
  readonly #sampler: Sampler;

  constructor(sampler: Sampler) {
    this.#sampler = sampler;
  }

  /** The decision of the other sampler, with "not recorded" turned into "recorded only". */
  shouldSample(...request: SamplingRequest): SamplingResult {
    const result = this.#sampler.shouldSample(...request);
    return result.decision === NOT_RECORDED ? { ...result, decision: RECORDED_ONLY } : result;
  }

  /** For diagnostics. */
  toString(): string {
    return `KeepErrors{${this.#sampler.toString()}}`;
  }
}
