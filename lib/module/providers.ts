import { ModulesContainer } from '@nestjs/core';
import { PrometheusExporter } from '../exporters/prometheus/prometheus.exporter.js';
import { projectionIndicator } from '../health/built-in-checks.js';
import { HealthIndicators } from '../health/health-indicators.js';
import { ProjectionHealthIndicator } from '../health/projection-health.js';
import { terminusKnowsDegraded } from '../health/terminus/terminus-executors.js';
import { offerInjectables } from '../kernel/peers/process-state.js';
import { HTTP_REQUESTS, HttpMetricsInterceptor } from '../http/http-metrics-interceptor.js';
import { ErrorRate } from '../metrics/recorders/error-metrics.js';
import { ProjectionStatus } from '../projections/projection-status.js';
import { ApplicationDrain } from '../shutdown/application-drain.js';
import { findTelemetry } from '../tracing/start-up/telemetry-slot.js';
import type { Telemetry } from '../tracing/start-up/telemetry.js';
import { MissingTraceStore, TRACE_STORE } from '../tracing/store/trace-store.js';
import { ObservabilityRuntime } from './observability-runtime.js';
import { ObservabilityService } from './observability-service.js';

const NOTHING = { finished: 0, failed: 0 };

/** Providers that applications can inject. */
export const publicProviders = [
  ObservabilityService,
  HttpMetricsInterceptor,
  {
    provide: PrometheusExporter,
    inject: [ObservabilityRuntime],
    useFactory: ({ exporter }: ObservabilityRuntime) => exporter,
  },
  {
    provide: HTTP_REQUESTS,
    inject: [ObservabilityRuntime],
    useFactory: ({ enabled, http }: ObservabilityRuntime) => (enabled && http) || null,
  },
  {
    provide: ApplicationDrain,
    inject: [ObservabilityRuntime],
    useFactory: ({ drain }: ObservabilityRuntime) => new ApplicationDrain(drain),
  },
  {
    provide: ProjectionStatus,
    inject: [ObservabilityRuntime],
    useFactory: ({ projections }: ObservabilityRuntime) => new ProjectionStatus(projections),
  },
  {
    provide: ProjectionHealthIndicator,
    inject: [ObservabilityRuntime],
    useFactory: (runtime: ObservabilityRuntime) =>
      projectionIndicator(runtime, runtime.healthOptions),
  },
  {
    provide: HealthIndicators,
    inject: [ObservabilityRuntime, ModulesContainer],
    useFactory: healthIndicators,
  },
  {
    provide: TRACE_STORE,
    inject: [ObservabilityRuntime],
    useFactory: async ({ options: { tracing = {} } }: ObservabilityRuntime) => {
      if (tracing !== false && tracing.store !== undefined) return tracing.store;
      const telemetry = await findTelemetry();
      const reason = telemetry?.reason === undefined ? '' : `Telemetry: ${telemetry.reason}.`;
      return telemetry?.traceStore ?? new MissingTraceStore(reason);
    },
  },
];

/** Tokens of the public providers. */
export const publicTokens = publicProviders.map((it) => ('provide' in it ? it.provide : it));
offerInjectables(...publicTokens.filter((it) => typeof it === 'function'));

async function healthIndicators(
  runtime: ObservabilityRuntime,
  modules: ModulesContainer,
): Promise<HealthIndicators> {
  const { loopDelay, errors, resources, clock, self } = runtime;
  const telemetry = await findTelemetry();
  const lost = new ErrorRate(clock, () => (telemetry ? spansOf(telemetry) : NOTHING));
  return new HealthIndicators({
    delaySeconds: () => loopDelay.p99Seconds(),
    commands: errors.rate('command'),
    projections: projectionIndicator(runtime, runtime.healthOptions),
    pools: () => resources.pools(),
    breakers: () => resources.circuitBreakers(),
    lostSpans: () => lost.ratio(),
    failingExporters: () => self.exports.failing().filter((it) => !exportsSpans(it, telemetry)),
    knowsDegraded: () => terminusKnowsDegraded(modules.values()),
  });
}

/** Returns true for a span exporter, which is judged by its share of lost spans. */
function exportsSpans(name: string, telemetry: Telemetry | undefined): boolean {
  return telemetry?.exporters().some(({ exporter }) => exporter === name) ?? false;
}

function spansOf(telemetry: Telemetry) {
  const exporters = telemetry.exporters();
  const sum = (key: 'exported' | 'failed' | 'dropped') =>
    exporters.reduce((total, it) => total + it[key], 0);
  const failed = sum('failed') + sum('dropped');
  return { finished: sum('exported') + failed, failed };
}
