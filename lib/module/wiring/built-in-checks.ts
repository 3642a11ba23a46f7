import {
  type HealthProbe,
  commandErrorsProbe,
  eventLoopProbe,
  memoryProbe,
} from '../../health/built-in-probes.js';
import { ProjectionHealthIndicator, projectionsProbe } from '../../health/projection-health.js';
import type { HealthCheckDefinition } from '../../health/cached-health-check.js';
import type { HealthOptions } from '../../health/health-options.js';
import type { ObservabilityRuntime } from '../observability-runtime.js';

/** What every application is asked about: numbers at hand, so each probe reads them anew. */
export function builtInChecks(
  runtime: ObservabilityRuntime,
  options: HealthOptions,
): HealthCheckDefinition[] {
  const { recentDelay, errors, projections } = runtime;
  const { maxHeapRatio = 0.9, maxEventLoopDelayMs = 1000, maxCommandErrorRatio = 0.5 } = options;
  const commandErrors = errors.rate('command');
  const ofProjections = projectionsProbe(projectionIndicator(runtime, options));
  return [
    definitionOf(memoryProbe(maxHeapRatio)),
    definitionOf(eventLoopProbe(() => recentDelay.p99Seconds(), maxEventLoopDelayMs)),
    ...(commandErrors === undefined
      ? []
      : [definitionOf(commandErrorsProbe(commandErrors, maxCommandErrorRatio))]),
    { ...definitionOf(ofProjections), isPresent: () => !projections.isEmpty },
  ];
}

/** Judges the projections of the application. */
export function projectionIndicator(
  { projections }: ObservabilityRuntime,
  { maxProjectionLagSeconds }: HealthOptions,
): ProjectionHealthIndicator {
  return new ProjectionHealthIndicator(() => projections.progress(), maxProjectionLagSeconds);
}

function definitionOf(probe: HealthProbe): HealthCheckDefinition {
  return { name: probe.key, cacheMs: 0, ask: () => probe.read() };
}
