import type { CatalogueDomain } from '../lib/metrics/catalogue/catalogue.js';

type Codes = Readonly<Record<string, string>>;

export function renderDocs(library: {
  readonly catalogue: readonly CatalogueDomain[];
  readonly configurationErrorCodes: Codes;
  readonly projectionWaitErrorCodes: Codes;
  readonly traceStoreErrorCodes: Codes;
}): Promise<Record<string, string>>;
