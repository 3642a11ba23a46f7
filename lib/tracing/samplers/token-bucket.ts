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
 * Token bucket with a burst of one second's worth. In any period of t seconds it issues at most
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
    // A capacity below one token would never issue any.
    this.#capacity = Math.max(1, ratePerSecond);
    this.#clock = clock;
    this.#tokens = this.#capacity;
    this.#filledAtMs = clock.monotonicMs();
  }

  /** Takes one token if available. */
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

/** Samples a limited number of spans per second, regardless of their parent. */
export class RateLimitingSampler implements Sampler {
  readonly #spansPerSecond: number;
  readonly #bucket: TokenBucket;

  /** @param spansPerSecond - Above 0. */
  constructor(spansPerSecond: number, clock: Clock) {
    this.#spansPerSecond = spansPerSecond;
    this.#bucket = new TokenBucket(spansPerSecond, clock);
  }

  /** Samples the span if a token is available. */
  shouldSample(): SamplingResult {
    return { decision: this.#bucket.take() ? SAMPLED : NOT_RECORDED };
  }

  /** Returns a description for diagnostics. */
  toString(): string {
    return `RateLimiting{${this.#spansPerSecond}/s}`;
  }
}

/**
 * Records spans that another sampler drops, so that they can be exported if they end in an error.
 * The propagated sampled flag remains that of the other sampler.
 */
export class KeepErrorsSampler implements Sampler {
  readonly #sampler: Sampler;

  constructor(sampler: Sampler) {
    this.#sampler = sampler;
  }

  /** Returns the decision of the other sampler, with "not recorded" replaced by "recorded only". */
  shouldSample(...request: SamplingRequest): SamplingResult {
    const result = this.#sampler.shouldSample(...request);
    return result.decision === NOT_RECORDED ? { ...result, decision: RECORDED_ONLY } : result;
  }

  /** Returns a description for diagnostics. */
  toString(): string {
    return `KeepErrors{${this.#sampler.toString()}}`;
  }
}
