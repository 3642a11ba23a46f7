import { foreignProvider, otelGlobals } from './otel-globals.js';
import { telemetrySlot } from '../telemetry-slot.js';

const TEXT_LIMIT = 200;

/** OpenTelemetry registrations of this process, by any component. */
export interface TracingState {
  /** Version of the copy of `@opentelemetry/api` behind the registration. */
  readonly apiVersion?: string;
  /** Class name of the tracer provider; absent without one. */
  readonly provider?: string;
  /** Description that the provider's sampler returns, if accessible. */
  readonly sampler?: string;
  /** Problem with the installed copies of `@opentelemetry/api`. */
  readonly apiCopies?: string;
}

interface Provider {
  getDelegate?(): Provider;
  getTracer?(name: string): { readonly _sampler?: unknown };
}

/** Returns the current registrations. Never throws. */
export function tracingState(scope: string): TracingState {
  const { version, trace } = otelGlobals();
  const { reportedCopies } = telemetrySlot();
  const provider = attempt(foreignProvider);
  const sampler = provider === undefined ? undefined : attempt(() => samplerOf(trace, scope));
  return {
    ...(version !== undefined && { apiVersion: version }),
    ...(provider !== undefined && { provider }),
    ...(sampler !== undefined && { sampler }),
    ...(reportedCopies !== undefined && { apiCopies: reportedCopies }),
  };
}

/** Returns true if the sampler never records a span without a parent. */
export function samplesNothing(sampler: string | undefined): boolean {
  if (sampler === undefined) return false;
  return /^(ParentBased\{root=)?(AlwaysOffSampler|TraceIdRatioBased\{0\})/.test(sampler);
}

function samplerOf(trace: object | undefined, scope: string): string | undefined {
  const registered = trace as Provider | undefined;
  const provider = registered?.getDelegate?.() ?? registered;
  const { _sampler: sampler } = provider?.getTracer?.(scope) ?? {};
  return sampler === undefined ? undefined : String(sampler).slice(0, TEXT_LIMIT);
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
