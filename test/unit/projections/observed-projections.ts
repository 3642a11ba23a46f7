import { Faults } from '../../../lib/kernel/faults.js';
import { ErrorMetrics } from '../../../lib/metrics/recorders/error-metrics.js';
import { projectionKind } from '../../../lib/kinds/projection.decorator.js';
import { MetricRegistry } from '../../../lib/metrics/registry.js';
import { ProjectionRecorder } from '../../../lib/projections/projection-recorder.js';
import { ProjectionStatus } from '../../../lib/projections/projection-status.js';
import { Projections } from '../../../lib/projections/projections.js';
import { ManualTimers } from '../../../lib/testing/manual-timers.js';

/** Projections with everything around them but Nest, on a clock and timers of the test. */
export function observedProjections({ enabled = true, periodMs = 5_000, timeoutMs = 3_000 } = {}) {
  const timers = new ManualTimers();
  const { clock } = timers;
  const faults = new Faults(clock);
  const reported: string[] = [];
  faults.connect({ count: () => undefined, log: (it) => reported.push(it) });
  const naming = { namespace: 'eventcore' };
  const registry = new MetricRegistry({ clock, faults, seriesLimit: 1000 });
  const errors = new ErrorMetrics(registry, clock, naming);
  const metrics = projectionKind.measure({ registry, errors, naming, clock });
  const projections = new Projections({
    ...{ registry, naming, metrics, clock, faults, timers, enabled, periodMs, timeoutMs },
    random: () => 0.5,
  });
  const read = (name: string): Record<string, number> => {
    const metric = registry.snapshot().metrics.find(({ definition }) => definition.name === name);
    const entries = (metric?.blocks ?? []).flatMap(({ labelSets, values, stride }) =>
      labelSets.map((labels, i) => [labels.join(' '), values[i * stride] as number] as const),
    );
    return Object.fromEntries(entries);
  };
  const observations = (name: string): number => {
    const metric = registry.snapshot().metrics.find(({ definition }) => definition.name === name);
    const counts = (metric?.blocks ?? []).flatMap(({ values, stride }) =>
      [...values].filter((_, i) => i % stride !== stride - 1),
    );
    return counts.reduce((sum, it) => sum + it, 0);
  };
  const recorder = (name = 'p') => new ProjectionRecorder(projections, name);
  const status = new ProjectionStatus(projections);
  return {
    timers,
    clock,
    faults,
    reported,
    registry,
    projections,
    read,
    observations,
    recorder,
    status,
  };
}
