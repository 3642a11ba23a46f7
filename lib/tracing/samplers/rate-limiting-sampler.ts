import type { Clock } from '../../kernel/clock.js';
import { NOT_RECORDED, SAMPLED, type Sampler, type SamplingResult } from './sampler.js';
import { TokenBucket } from './token-bucket.js';

/** Samples so many spans a second, whatever their parent. */
export class RateLimitingSampler implements Sampler {
  readonly #spansPerSecond: number;
  readonly #bucket: TokenBucket;

  /** @param spansPerSecond - Above 0. */
  constructor(spansPerSecond: number, clock: Clock) {
    this.#spansPerSecond = spansPerSecond;
    this.#bucket = new TokenBucket(spansPerSecond, clock);
  }

  /** Whether there is a token left for this span. */
  shouldSample(): SamplingResult {
    return { decision: this.#bucket.take() ? SAMPLED : NOT_RECORDED };
  }

  /** For diagnostics. */
  toString(): string {
    return `RateLimiting{${this.#spansPerSecond}/s}`;
  }
}
