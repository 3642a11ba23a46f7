import { loadOptionalPeer } from '../../kernel/optional-peer.js';
import type { PromClientMetric } from './prom-client.format.js';

/** The part of a prom-client `Registry` that is read. */
export interface PromClientRegistry {
  getMetricsAsJSON(): Promise<unknown[]>;
  getMetricsAsArray(): readonly { readonly name: string }[];
  getSingleMetric(name: string): unknown;
}

/** The part of the package prom-client that is used. */
export interface PromClient {
  readonly register: PromClientRegistry;
  collectDefaultMetrics(): void;
}

// The first of prom-client's default metrics: where it is, they all are.
const DEFAULT_METRIC = 'process_cpu_user_seconds_total';

/** prom-client, if the application has it. */
export async function loadPromClient(): Promise<PromClient | undefined> {
  const loaded = await loadOptionalPeer(() => import('prom-client'), 'prom-client');
  return loaded?.default as unknown as PromClient | undefined;
}

/**
 * Turns prom-client's metrics of the process on, once per process: they describe the process, and prom-client refuses
 * to define them twice.
 */
export function ensureDefaultMetrics({ register, collectDefaultMetrics }: PromClient): void {
  if (register.getSingleMetric(DEFAULT_METRIC) === undefined) collectDefaultMetrics();
}

/** All metrics of the registry now. */
export async function readMetrics(registry: PromClientRegistry): Promise<PromClientMetric[]> {
  return (await registry.getMetricsAsJSON()) as PromClientMetric[];
}
