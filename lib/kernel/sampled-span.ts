/** A span that is sampled: whoever sees its ids can look it up. */
export interface SampledSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}
