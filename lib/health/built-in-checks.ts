import type { Projections } from '../projections/projections.js';
import {
  type CommandErrors,
  type HealthProbe,
  commandErrorsProbe,
  eventLoopProbe,
  memoryProbe,
} from './built-in-probes.js';
import { ProjectionHealthIndicator, projectionsProbe } from './projection-health.js';
import type { HealthCheckDefinition } from './cached-health-check.js';

/** Dependencies of the built-in checks. */
export interface BuiltInCheckDeps {
  readonly loopDelay: { p99Seconds(): number };
  readonly errors: { rate(source: 'command'): CommandErrors | undefined };
  readonly projections: Pick<Projections, 'isEmpty' | 'progress'>;
}

/** Thresholds of the built-in checks. */
export interface BuiltInCheckOptions {
  readonly maxHeapRatio?: number;
  readonly maxEventLoopDelayMs?: number;
  readonly maxCommandErrorRatio?: number;
  readonly maxProjectionLagSeconds?: number;
}

/** Returns the checks of every application. They read numbers in memory, so they need no cache. */
export function builtInChecks(
  deps: BuiltInCheckDeps,
  options: BuiltInCheckOptions,
): HealthCheckDefinition[] {
  const { loopDelay, errors, projections } = deps;
  const { maxHeapRatio = 0.9, maxEventLoopDelayMs = 1000, maxCommandErrorRatio = 0.5 } = options;
  const commandErrors = errors.rate('command');
  const ofProjections = projectionsProbe(projectionIndicator(deps, options));
  return [
    definitionOf(memoryProbe(maxHeapRatio)),
    definitionOf(eventLoopProbe(() => loopDelay.p99Seconds(), maxEventLoopDelayMs)),
    ...(commandErrors === undefined
      ? []
      : [definitionOf(commandErrorsProbe(commandErrors, maxCommandErrorRatio))]),
    { ...definitionOf(ofProjections), isPresent: () => !projections.isEmpty },
  ];
}

/** Returns the health indicator for the application's projections. */
export function projectionIndicator(
  { projections }: Pick<BuiltInCheckDeps, 'projections'>,
  { maxProjectionLagSeconds }: BuiltInCheckOptions,
): ProjectionHealthIndicator {
  return new ProjectionHealthIndicator(() => projections.progress(), maxProjectionLagSeconds);
}

function definitionOf(probe: HealthProbe): HealthCheckDefinition {
  return { name: probe.key, cacheMs: 0, ask: () => probe.read() };
}
