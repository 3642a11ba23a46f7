import type { CatalogueDomain } from '../lib/metrics/catalogue/catalogue.js';

export function renderDocs(library: {
  readonly catalogue: readonly CatalogueDomain[];
}): Promise<Record<string, string>>;
