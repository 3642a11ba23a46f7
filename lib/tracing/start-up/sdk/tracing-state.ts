import { foreignProvider, otelGlobals } from './otel-globals.js';
import { telemetrySlot } from '../telemetry-slot.js';

const TEXT_LIMIT = 200;

/** What is registered with OpenTelemetry in this process, whoever did it. */
export interface TracingState {
  /** Version of the copy of `@opentelemetry/api` that something was registered through. */
  readonly apiVersion?: string;
  /** Class of the tracer provider; absent when none is registered. */
  readonly provider?: string;
  /** What the provider's sampler says of itself, when it can be seen. */
  readonly sampler?: string;
  /** What is wrong with the installed copies of `@opentelemetry/api`. */
  readonly apiCopies?: string;
}

interface Provider {
  getDelegate?(): Provider;
  getTracer?(name: string): { readonly _sampler?: unknown };
}

/** Looks at what is registered; it never throws. */
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

/** Whether no span without a parent is ever recorded. */
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
