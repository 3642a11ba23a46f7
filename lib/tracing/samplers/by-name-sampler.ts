import { namePattern } from './name-pattern.js';
import type { Sampler, SamplingRequest, SamplingResult } from './sampler.js';

/** Which sampler decides for names of a pattern. */
export interface SamplerRule {
  /** See `NameRule.name`. */
  readonly name: string;
  readonly sampler: Sampler;
}

/** Asks the sampler of the first rule that fits the name of the span. */
export class ByNameSampler implements Sampler {
  readonly #rules: readonly (readonly [fits: (name: string) => boolean, sampler: Sampler])[];
  readonly #otherwise: Sampler;
  readonly #text: string;

  constructor(rules: readonly SamplerRule[], otherwise: Sampler) {
    this.#rules = rules.map(({ name, sampler }) => [namePattern(name), sampler]);
    this.#otherwise = otherwise;
    const described = rules.map(({ name, sampler }) => `${name}: ${sampler.toString()}`);
    this.#text = [...described, `otherwise: ${otherwise.toString()}`].join(', ');
  }

  /** The decision of the sampler that the name leads to. */
  shouldSample(...request: SamplingRequest): SamplingResult {
    const [, , name] = request;
    const rule = this.#rules.find(([fits]) => fits(name));
    return (rule?.[1] ?? this.#otherwise).shouldSample(...request);
  }

  /** For diagnostics. */
  toString(): string {
    return `ByName{${this.#text}}`;
  }
}
