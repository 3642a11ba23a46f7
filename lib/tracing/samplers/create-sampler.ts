import type { Clock } from '../../kernel/clock.js';
import { RateLimitingSampler } from './token-bucket.js';
import type { ByNameSamplerOptions, SamplerOptions } from './sampler-options.js';
import {
  FailOpenSampler,
  type Sampler,
  type SamplingRequest,
  type SamplingResult,
} from './sampler.js';

/**
 * Compiles a pattern with `*` (any text, including none) and `?` (any one character) into a
 * predicate. It uses no regular expression, so that no pattern takes more than pattern length ×
 * name length steps.
 */
export function namePattern(pattern: string): (name: string) => boolean {
  const firstWildcard = pattern.search(/[*?]/);
  if (firstWildcard === -1) return (name) => name === pattern;
  if (firstWildcard === pattern.length - 1 && pattern.endsWith('*')) {
    const prefix = pattern.slice(0, -1);
    return (name) => name.startsWith(prefix);
  }
  return (name) => matches(pattern, name);
}

/**
 * Matches a name. After a mismatch only the last `*` is extended by one character, because earlier
 * ones cannot improve the match.
 */
function matches(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let starTook = 0;
  for (let read = 0; read < name.length;) {
    if (pattern[at] === '*') {
      star = at++;
      starTook = read;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[read])) {
      at++;
      read++;
    } else if (star !== -1) {
      at = star + 1;
      read = ++starTook;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at++;
  return at === pattern.length;
}

/** Rule that selects a sampler by name pattern. */
interface SamplerRule {
  /** Pattern, see `NameRule.name`. */
  readonly name: string;
  readonly sampler: Sampler;
}

/** Delegates to the sampler of the first rule that matches the span name. */
class ByNameSampler implements Sampler {
  readonly #rules: readonly (readonly [fits: (name: string) => boolean, sampler: Sampler])[];
  readonly #otherwise: Sampler;
  readonly #text: string;

  constructor(rules: readonly SamplerRule[], otherwise: Sampler) {
    this.#rules = rules.map(({ name, sampler }) => [namePattern(name), sampler]);
    this.#otherwise = otherwise;
    const described = rules.map(({ name, sampler }) => `${name}: ${sampler.toString()}`);
    this.#text = [...described, `otherwise: ${otherwise.toString()}`].join(', ');
  }

  /** Returns the decision of the selected sampler. */
  shouldSample(...request: SamplingRequest): SamplingResult {
    const [, , name] = request;
    const rule = this.#rules.find(([fits]) => fits(name));
    return (rule?.[1] ?? this.#otherwise).shouldSample(...request);
  }

  /** Returns a description for diagnostics. */
  toString(): string {
    return `ByName{${this.#text}}`;
  }
}

/** Built-in samplers of the OpenTelemetry SDK. */
export interface SdkSamplers {
  readonly AlwaysOnSampler: new () => Sampler;
  readonly AlwaysOffSampler: new () => Sampler;
  readonly TraceIdRatioBasedSampler: new (ratio: number) => Sampler;
  readonly ParentBasedSampler: new (config: { readonly root: Sampler }) => Sampler;
}

/** Dependencies shared by all samplers of one start-up. */
export interface SamplerContext {
  readonly sdk: SdkSamplers;
  readonly clock: Clock;
  /** Receives errors that a sampler of the application throws. */
  readonly onFault: (error: unknown) => void;
}

/** Default: samples every trace unless the parent is not sampled. */
export const defaultSampler: SamplerOptions = { type: 'parent-based', root: 'always' };

/** Creates the sampler from validated options. */
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
