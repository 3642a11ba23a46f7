import type { Clock } from '../../kernel/clock.js';
import {
  NOT_RECORDED,
  RECORDED_ONLY,
  SAMPLED,
  type Sampler,
  type SamplingRequest,
  type SamplingResult,
} from './sampler.js';

const MS_PER_SECOND = 1000;

/**
 * A limit on a rate that lets a burst of one second's worth through. In any period of t seconds it gives at most
 * `capacity + rate * t` tokens.
 */
export class TokenBucket {
  readonly #ratePerSecond: number;
  readonly #capacity: number;
  readonly #clock: Clock;
  #tokens: number;
  #filledAtMs: number;

  /** @param ratePerSecond - Tokens per second, above 0. */
  constructor(ratePerSecond: number, clock: Clock) {
    this.#ratePerSecond = ratePerSecond;
    // A bucket that cannot hold one token would never give any.
    this.#capacity = Math.max(1, ratePerSecond);
    this.#clock = clock;
    this.#tokens = this.#capacity;
    this.#filledAtMs = clock.monotonicMs();
  }

  /** Takes one token, if there is one. */
  take(): boolean {
    this.#fill();
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #fill(): void {
    const nowMs = this.#clock.monotonicMs();
    const earned = ((nowMs - this.#filledAtMs) * this.#ratePerSecond) / MS_PER_SECOND;
    this.#tokens = Math.min(this.#capacity, this.#tokens + earned);
    this.#filledAtMs = nowMs;
  }
}

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
