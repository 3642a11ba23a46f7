import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import type { TelemetryReport } from '../../tracing/start-up/telemetry.js';
import type { ObservabilityModuleExtras } from '../options/observability-options.js';

/** What a diagnosis looks at beside the runtime. */
export interface RuntimeWiring {
  readonly instrumentation: Instrumentation;
  readonly extras: ObservabilityModuleExtras;
  /** Tracing of the process, when it was started here. */
  readonly telemetry?: TelemetryReport | undefined;
}
