import type { Clock } from '../../kernel/clock.js';
import { ByNameSampler } from './by-name-sampler.js';
import { FailOpenSampler } from './fail-open-sampler.js';
import { RateLimitingSampler } from './rate-limiting-sampler.js';
import type { Sampler } from './sampler.js';
import type { ByNameSamplerOptions, SamplerOptions } from './sampler-options.js';

/** The samplers that the OpenTelemetry SDK has itself. */
export interface SdkSamplers {
  readonly AlwaysOnSampler: new () => Sampler;
  readonly AlwaysOffSampler: new () => Sampler;
  readonly TraceIdRatioBasedSampler: new (ratio: number) => Sampler;
  readonly ParentBasedSampler: new (config: { readonly root: Sampler }) => Sampler;
}

/** What every sampler of one start-up is made with. */
export interface SamplerContext {
  readonly sdk: SdkSamplers;
  readonly clock: Clock;
  /** Told what a sampler of the application threw. */
  readonly onFault: (error: unknown) => void;
}

/** What decides when nothing was said: everything that the parent does not rule out. */
export const defaultSampler: SamplerOptions = { type: 'parent-based', root: 'always' };

/** Makes the sampler that the options describe; they have been validated. */
export function createSampler(options: SamplerOptions, context: SamplerContext): Sampler {
  const { sdk, clock, onFault } = context;
  if (options === 'always') return new sdk.AlwaysOnSampler();
  if (options === 'never') return new sdk.AlwaysOffSampler();
  if ('shouldSample' in options) return new FailOpenSampler(options as Sampler, onFault);
  switch (options.type) {
    case 'ratio':
      return new sdk.TraceIdRatioBasedSampler(options.ratio);
    case 'parent-based':
      return new sdk.ParentBasedSampler({ root: createSampler(options.root, context) });
    case 'rate-limit':
      return new RateLimitingSampler(options.spansPerSecond, clock);
    case 'by-name':
      return createByName(options, context);
  }
}

function createByName(
  { rules, otherwise = defaultSampler }: ByNameSamplerOptions,
  context: SamplerContext,
): Sampler {
  const made = rules.map(({ name, sampler }) => ({
    name,
    sampler: createSampler(sampler, context),
  }));
  return new ByNameSampler(made, createSampler(otherwise, context));
}
