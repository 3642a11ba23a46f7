import { Faults } from '../../../lib/kernel/faults.js';
import { MetricRegistry, type RegistryOptions } from '../../../lib/metrics/registry.js';
import { ManualClock } from '../../../lib/testing/manual-clock.js';

/** A registry with what it complained about. */
export function makeRegistry(seriesLimit = 1000, options: Partial<RegistryOptions> = {}) {
  const clock = new ManualClock();
  const faults = new Faults(clock);
  const refused: string[] = [];
  const logged: string[] = [];
  faults.connect({
    count: (component) => refused.push(component),
    log: (message) => logged.push(message),
  });
  const folded: string[] = [];
  const registry = new MetricRegistry({
    clock,
    faults,
    seriesLimit,
    onFold: (metric) => folded.push(metric),
    ...options,
  });
  return { clock, faults, registry, refused, logged, folded };
}
