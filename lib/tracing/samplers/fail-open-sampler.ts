import {
  NOT_RECORDED,
  type Sampler,
  type SamplingRequest,
  type SamplingResult,
} from './sampler.js';

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
      return this.#sampler.shouldSample(...request);
    } catch (error) {
      this.#onFault(error);
      return { decision: NOT_RECORDED };
    }
  }

  /** For diagnostics. */
  toString(): string {
    return this.#sampler.toString();
  }
}
