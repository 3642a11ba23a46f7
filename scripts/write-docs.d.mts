import type { CatalogueDomain } from '../lib/index.js';

export function renderDocs(source: {
  readonly catalogue: readonly CatalogueDomain[];
  readonly configurationErrorCodes: Readonly<Record<string, string>>;
  readonly traceStoreErrorCodes: Readonly<Record<string, string>>;
}): Promise<Record<string, string>>;
