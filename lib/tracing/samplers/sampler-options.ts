/** Samples a share of all traces by trace id, so that all services with the same ratio sample the same traces. */
export interface RatioSamplerOptions {
  /** Selects this sampler. */
  readonly type: 'ratio';
  /** Share of traces kept, from 0 to 1. */
  readonly ratio: number;
}

/** Follows the decision of the parent span, and delegates spans without a parent to another sampler. */
export interface ParentBasedSamplerOptions {
  /** Selects this sampler. */
  readonly type: 'parent-based';
  /** Decides for spans without a parent. */
  readonly root: SamplerOptions;
}

/**
 * Limits the number of sampled spans per second with a token bucket. Unused tokens allow a burst of
 * up to one second's worth. Inside `parent-based` it limits traces instead of spans.
 */
export interface RateLimitSamplerOptions {
  /** Selects this sampler. */
  readonly type: 'rate-limit';
  /** Spans per second, above 0; 0.1 allows one span per ten seconds. */
  readonly spansPerSecond: number;
}

/** One rule of {@link ByNameSamplerOptions}. */
export interface NameRule {
  /** Pattern of a span name: `*` matches any text and `?` any one character. */
  readonly name: string;
  /** Decides for spans that match. */
  readonly sampler: SamplerOptions;
}

/**
 * Selects a sampler by the name of the span at its start. The first matching rule decides.
 *
 * Place it outside `parent-based`; inside, it only sees spans without a parent. A dropped span also
 * drops the children that follow their parent's decision.
 */
export interface ByNameSamplerOptions {
  /** Selects this sampler. */
  readonly type: 'by-name';
  /** Rules in order, at least one. */
  readonly rules: readonly NameRule[];
  /** Decides when no rule matches. @defaultValue parent-based with root `always` */
  readonly otherwise?: SamplerOptions;
}

/** Custom sampler: any object with the `shouldSample` of the OpenTelemetry SDK. */
export interface CustomSampler {
  /** Decides for one span, with the arguments and result of the SDK. */
  shouldSample(...request: never[]): unknown;
  /** Returns the name of the sampler in the configuration of the SDK. */
  toString(): string;
}

/** Sampler configuration. `always` and `never` ignore the parent; most applications use `parent-based`. */
export type SamplerOptions =
  | 'always'
  | 'never'
  | RatioSamplerOptions
  | ParentBasedSamplerOptions
  | RateLimitSamplerOptions
  | ByNameSamplerOptions
  | CustomSampler;
