import type { TracingObserver } from '../../kernel/call-tracer.js';
import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import type { ProgressReaders } from '../../kernel/observer.js';
import { libraryName, libraryVersion } from '../../kernel/library.js';
import { ifMissing, isInstalled, isLoaded } from '../../kernel/peers/optional-peer.js';
import { isAnythingRegistered } from '../start-up/sdk/otel-globals.js';
import { LateTracing } from './late-tracing.js';

/** Dependencies of the tracing observer. */
export interface TracingDeps {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly options: { readonly ageLimitMs?: number; readonly linkLimit?: number };
  readonly progressOf: ProgressReaders;
}

const API = '@opentelemetry/api';

const importApi = async () => {
  try {
    return await import('@opentelemetry/api');
  } catch (error) {
    return ifMissing(error, API);
  }
};
const load = () => import('../span/span-observer.js');

/** Starts to load the dependencies of {@link loadTracing} in parallel to the start of the application. */
export function prefetchTracing(): void {
  // loadTracing reports a failure.
  if (isApiInUse()) load().catch(() => undefined);
}

/**
 * Returns the tracing observer, immediately if the process has loaded the OpenTelemetry API, else
 * once it does; `undefined` when `@opentelemetry/api` is not installed.
 */
export async function loadTracing(parts: TracingDeps): Promise<TracingObserver | undefined> {
  if (isApiInUse()) return loadNow(parts);
  if (!(await isInstalled(API, importApi))) return undefined;
  return new LateTracing({ faults: parts.faults, load: () => loadNow(parts) });
}

function isApiInUse(): boolean {
  return isAnythingRegistered() || isLoaded(API);
}

async function loadNow({
  clock,
  faults,
  options,
  progressOf,
}: TracingDeps): Promise<TracingObserver | undefined> {
  const loaded = await load().catch((error: unknown) => ifMissing(error, API));
  if (loaded === undefined) return undefined;
  const scope = { name: libraryName, version: libraryVersion };
  const { ageLimitMs, linkLimit } = options;
  const links = { ageLimitMs, linkLimit };
  return new loaded.SpanObserver({ scope, clock, faults, links, progressOf });
}
