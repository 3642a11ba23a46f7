import type { MetricsPayload } from './encoding/metric-encoding.js';

/** The result of an export, as OpenTelemetry's exporters report it. */
export interface OtlpResult {
  /** 0 for success. */
  readonly code: number;
  readonly error?: Error | undefined;
}

/** What sends metrics. */
export interface OtlpMetricClient {
  export(payload: MetricsPayload, callback: (result: OtlpResult) => void): void;
  shutdown(): Promise<void>;
}

/** What sends metrics, and how to end its connections. */
export interface CreatedClient {
  readonly client: OtlpMetricClient;
  /** Ends the connections of exports under way; the next export opens others. */
  disconnect(): void;
  /** Ends all connections and lets no new one come about: one to a target that hangs would keep the process alive. */
  end(): void;
}

/** Sends one payload; rejects with what the client reports. Never settles before the client does. */
export function sendMetrics(client: OtlpMetricClient, payload: MetricsPayload): Promise<void> {
  return new Promise((resolve, reject) => {
    client.export(payload, ({ code, error }) => {
      if (code === 0) resolve();
      else reject(error ?? new Error('the export failed for no stated reason'));
    });
  });
}

const GRPC_REFUSALS = [3, 7, 11, 12, 16];

/**
 * Whether the receiver answered that it will not take the payload, so that it surely has not. Everything else leaves
 * it open: a receiver that does not answer may have taken it all the same.
 */
export function isRefusal(error: unknown): boolean {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'number') return false;
  return (code >= 400 && code < 500) || GRPC_REFUSALS.includes(code);
}
