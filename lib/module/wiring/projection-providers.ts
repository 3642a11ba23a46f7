import { ProjectionHealthIndicator } from '../../health/projection-health.js';
import { ProjectionStatus } from '../../projections/projection-status.js';
import { projectionIndicator } from './built-in-checks.js';
import type { ObservabilityModuleExtras } from '../options/observability-options.js';
import { EXTRAS } from '../lifecycle.js';
import { ObservabilityRuntime } from '../observability-runtime.js';
import { ProjectionLifecycle } from './projection-lifecycle.js';

/** What the module provides for projections. */
export const projectionProviders = [
  {
    provide: ProjectionStatus,
    inject: [ObservabilityRuntime],
    useFactory: ({ projections }: ObservabilityRuntime) => new ProjectionStatus(projections),
  },
  {
    provide: ProjectionHealthIndicator,
    inject: [ObservabilityRuntime, EXTRAS],
    useFactory: (runtime: ObservabilityRuntime, { health = {} }: ObservabilityModuleExtras) =>
      projectionIndicator(runtime, health === false ? {} : health),
  },
  ProjectionLifecycle,
];

/** What of it applications inject. */
export const projectionExports = [ProjectionStatus, ProjectionHealthIndicator];
