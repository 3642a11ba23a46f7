import type { ApplicationConfig, ModulesContainer } from '@nestjs/core';
import type { Modules } from '../../instrumentation/binding/handler-explorer.js';
import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import type { Jobs } from '../../jobs/jobs.js';
import type { TracingObserver } from '../../kernel/call-tracer.js';
import type { Capability } from '../../kernel/capability.js';
import type { Clock } from '../../kernel/clock.js';
import type { ErrorClassifier } from '../../kernel/errors/error-classification.js';
import type { Faults } from '../../kernel/faults.js';
import type { ErrorMetrics } from '../../metrics/recorders/error-metrics.js';
import type { HandlerMetrics } from '../../metrics/recorders/handler-metrics.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import type { Drain } from '../../shutdown/drain.js';
import type { ObservabilityOptions } from '../options/observability-options.js';

/** Recording components of the application, as far as integrations use them. */
export interface WorkDeps {
  readonly options: ObservabilityOptions;
  /** First word of the catalogue names. */
  readonly namespace: string;
  readonly classifier: ErrorClassifier;
  readonly registry: MetricRegistry;
  readonly errors: ErrorMetrics;
  readonly handlers: HandlerMetrics;
  readonly config: ApplicationConfig;
  readonly container: ModulesContainer;
  /** Returns the HTTP server of the application, if it has one. */
  server(): unknown;
  /** Spans, if tracing is enabled. */
  readonly tracing: TracingObserver | undefined;
  readonly instrumentation: Instrumentation;
  readonly faults: Faults;
  readonly clock: Clock;
  readonly jobs: Jobs;
  readonly drain: Drain;
  /** Spans, and the plugins that follow calls. */
  readonly following: TracingObserver | undefined;
}

/** Observes the work of a package in one application. It is created before the instances of the application. */
export type WorkIntegration = (deps: WorkDeps, modules: Modules) => Capability;
