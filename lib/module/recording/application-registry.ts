import { MetricRegistry } from '../../metrics/registry.js';
import type { ObservabilityRuntime } from '../observability-runtime.js';

/** Default limit of series per metric. */
export const DEFAULT_SERIES_LIMIT = 1000;

/** Creates the registry of an application, within the limits of its options. */
export function applicationRegistry(runtime: ObservabilityRuntime): MetricRegistry {
  const { clock, faults, options } = runtime;
  return new MetricRegistry({
    clock,
    faults,
    seriesLimit: DEFAULT_SERIES_LIMIT,
    ...options.cardinality,
    exponentialHistograms: options.exporters?.some((it) => it.exponentialHistograms) ?? false,
    onFold: (metric) => runtime.self.folded(metric),
  });
}
