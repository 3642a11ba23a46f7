/** One observation of a histogram's bucket, and the sampled span that it belongs to. */
export interface Exemplar {
  /** What was observed, in the metric's unit. */
  readonly value: number;
  /** When it was observed: Unix time, milliseconds. */
  readonly atMs: number;
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
}
