import { isMainThread } from 'node:worker_threads';
import type { ObservabilityRuntime } from '../observability-runtime.js';

/** Returns what a started application lacks, each with the remedy; empty before the end of the start. */
export function* missingParts(runtime: ObservabilityRuntime): Iterable<string> {
  if (!runtime.started) return;
  yield* missingEndpoints(runtime);
  // A worker thread receives no signals.
  if (isMainThread && process.listenerCount('SIGTERM') === 0)
    yield 'Nothing listens to SIGTERM: call app.enableShutdownHooks()';
}

function* missingEndpoints(runtime: ObservabilityRuntime): Iterable<string> {
  const { extras, endpoints, enabled, lacksTerminus, options } = runtime;
  const has = (purpose: string) => endpoints.some((it) => it.purpose === purpose);
  const lacksMetrics = enabled && extras.prometheus !== false && !has('metrics');
  const lacksHealth = extras.health !== false && !has('health');
  // Without an HTTP server an application has no metrics endpoint either.
  if (lacksMetrics && lacksHealth)
    yield 'No HTTP server: set prometheus.port and health.port to serve metrics and health';
  else if (lacksMetrics) yield 'No HTTP server: set prometheus.port to serve metrics';
  else if (lacksHealth && !lacksTerminus)
    yield 'No health endpoints: set health.port, because there is no HTTP server';
  if (lacksTerminus) yield 'No health endpoints: install @nestjs/terminus';
  if (enabled && extras.prometheus === false && (options.exporters ?? []).length === 0)
    yield 'No metrics endpoint and no exporters: only code that injects PrometheusExporter reads the metrics';
}
