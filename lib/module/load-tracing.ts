import type { TracingObserver } from '../kernel/call-tracer.js';
import type { Clock } from '../kernel/clock.js';
import type { Faults } from '../kernel/faults.js';
import type { ProgressReaders } from '../kernel/handling-progress.js';
import { loadOptionalPeer } from '../kernel/optional-peer.js';
import { libraryName, libraryVersion } from '../kernel/library.js';
import type { TracingOptions } from './observability-options.js';

/** What spans are made with. */
export interface TracingParts {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly options: TracingOptions;
  readonly progressOf: ProgressReaders;
}

const load = () => import('../tracing/span/span.observer.js');

/** Begins to load what {@link loadTracing} needs, beside whatever else happens before the application starts. */
export function prefetchTracing(): void {
  // What is wrong with it, loadTracing tells.
  load().catch(() => undefined);
}

/** Makes spans; `undefined` when `@opentelemetry/api` is not installed, and nobody could see any. */
export async function loadTracing({
  clock,
  faults,
  options,
  progressOf,
}: TracingParts): Promise<TracingObserver | undefined> {
  const loaded = await loadOptionalPeer(load, '@opentelemetry/api');
  if (loaded === undefined) return undefined;
  const scope = { name: libraryName, version: libraryVersion };
  const { ageLimitMs, linkLimit } = options;
  const links = { ageLimitMs, linkLimit };
  return new loaded.SpanObserver({ scope, clock, faults, links, progressOf });
}
