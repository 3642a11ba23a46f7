import { AsyncLocalStorage } from 'node:async_hooks';
import { sharedState } from '../peers/process-state.js';

const traffic = sharedState('own-traffic', () => new AsyncLocalStorage<true>());

// Names under which every copy of the OpenTelemetry API keeps its parts.
const API = Symbol.for('opentelemetry.js.api.1');
const SUPPRESSED = Symbol.for('OpenTelemetry SDK Context Key SUPPRESS_TRACING');

interface OtelApi {
  readonly context?: { active?(): { getValue(key: symbol): unknown } };
}

/** Runs work whose requests are those of the observability itself, such as an export, and are not observed. */
export function asOwnTraffic<T>(work: () => T): T {
  return traffic.run(true, work);
}

/** Returns true within {@link asOwnTraffic}, and where an exporter of OpenTelemetry runs. */
export function isOwnTraffic(): boolean {
  if (traffic.getStore() === true) return true;
  const { context } = (globalThis as { [API]?: OtelApi })[API] ?? {};
  return context?.active?.().getValue(SUPPRESSED) === true;
}
