import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import type { SelfMetrics } from '../../metrics/recorders/self-metrics.js';
import { MetricRegistry } from '../../metrics/registry.js';
import type { ObservabilityOptions } from '../options/observability-options.js';

/** Default limit of series per metric. */
export const DEFAULT_SERIES_LIMIT = 1000;

/** Parts of an application that its registry needs. */
interface RegistryDeps {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly options: ObservabilityOptions;
  /** Exists once the registry does. */
  readonly self: SelfMetrics;
}

/** Creates the registry of an application, within the limits of its options. */
export function applicationRegistry(deps: RegistryDeps): MetricRegistry {
  const { clock, faults, options } = deps;
  return new MetricRegistry({
    clock,
    faults,
    seriesLimit: DEFAULT_SERIES_LIMIT,
    ...options.cardinality,
    exponentialHistograms: options.exporters?.some((it) => it.exponentialHistograms) ?? false,
    onFold: (metric) => deps.self.folded(metric),
  });
}
