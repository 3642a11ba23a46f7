/** Keeps a share of all traces, decided by the trace id: every service with the same ratio keeps the same traces. */
export interface RatioSamplerOptions {
  /** Selects this sampler. */
  readonly type: 'ratio';
  /** Share of traces kept, from 0 to 1. */
  readonly ratio: number;
}

/** Follows the decision of the parent span; asks another sampler for spans that have none. */
export interface ParentBasedSamplerOptions {
  /** Selects this sampler. */
  readonly type: 'parent-based';
  /** Decides for spans without a parent. */
  readonly root: SamplerOptions;
}

/**
 * Keeps so many spans a second and no more. A token bucket: what was not used is saved up, for a burst of at most one
 * second's worth. Inside `parent-based` it limits traces instead of spans.
 */
export interface RateLimitSamplerOptions {
  /** Selects this sampler. */
  readonly type: 'rate-limit';
  /** Spans per second, above 0; a fraction such as 0.1 is one span in ten seconds. */
  readonly spansPerSecond: number;
}

/** One rule of {@link ByNameSamplerOptions}. */
export interface NameRule {
  /** A span name; `*` stands for any text and `?` for any one character. */
  readonly name: string;
  /** Decides for spans of that name. */
  readonly sampler: SamplerOptions;
}

/**
 * Asks another sampler by the name that a span has when it starts. The first rule that fits decides.
 *
 * Put it outside `parent-based`, or it is asked for spans without a parent only. A span that it leaves out takes the
 * children that are sampled by their parent with it.
 */
export interface ByNameSamplerOptions {
  /** Selects this sampler. */
  readonly type: 'by-name';
  /** At least one rule; the order counts. */
  readonly rules: readonly NameRule[];
  /** Decides when no rule fits. @defaultValue parent-based with root `always` */
  readonly otherwise?: SamplerOptions;
}

/** A sampler of the application: any object with the `shouldSample` of the OpenTelemetry SDK. */
export interface CustomSampler {
  /** Decides about one span; the arguments and the answer are those of the SDK. */
  shouldSample(...request: never[]): unknown;
  /** What the sampler is called in the configuration of the SDK. */
  toString(): string;
}

/** Which spans are kept. `always` and `never` heed no parent; `parent-based` is what most applications want. */
export type SamplerOptions =
  | 'always'
  | 'never'
  | RatioSamplerOptions
  | ParentBasedSamplerOptions
  | RateLimitSamplerOptions
  | ByNameSamplerOptions
  | CustomSampler;
