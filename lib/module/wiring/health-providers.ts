import { ApplicationDrain } from '../../shutdown/application-drain.js';
import { HealthIndicators } from '../../health/health-indicators.js';
import { indicatorsProvider } from './indicators-provider.js';
import { ObservabilityRuntime } from '../observability-runtime.js';

/** What the module provides for health and for the end of an application. */
export const healthProviders = [
  {
    provide: ApplicationDrain,
    inject: [ObservabilityRuntime],
    useFactory: ({ drain }: ObservabilityRuntime) => new ApplicationDrain(drain),
  },
  indicatorsProvider,
];

/** What of it applications inject. */
export const healthExports = [ApplicationDrain, HealthIndicators];
