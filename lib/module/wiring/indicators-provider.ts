import { ModulesContainer } from '@nestjs/core';
import { HealthIndicators } from '../../health/health-indicators.js';
import { terminusKnowsDegraded } from '../../health/terminus/terminus-executors.js';
import { ErrorRate } from '../../metrics/recorders/error-metrics.js';
import { findTelemetry } from '../../tracing/start-up/telemetry-slot.js';
import type { Telemetry } from '../../tracing/start-up/telemetry.js';
import { projectionIndicator } from './built-in-checks.js';
import { EXTRAS } from '../lifecycle.js';
import type { ObservabilityModuleExtras } from '../options/observability-options.js';
import { ObservabilityRuntime } from '../observability-runtime.js';

const NOTHING = { finished: 0, failed: 0 };

/** The ready-made indicators of one application. */
export const indicatorsProvider = {
  provide: HealthIndicators,
  inject: [ObservabilityRuntime, EXTRAS, ModulesContainer],
  useFactory: async (
    runtime: ObservabilityRuntime,
    { health = {} }: ObservabilityModuleExtras,
    modules: ModulesContainer,
  ) => {
    const { recentDelay, errors, resources, clock, self } = runtime;
    const telemetry = await findTelemetry();
    const lost = new ErrorRate(clock, () => (telemetry ? spansOf(telemetry) : NOTHING));
    return new HealthIndicators({
      delaySeconds: () => recentDelay.p99Seconds(),
      commands: errors.rate('command'),
      projections: projectionIndicator(runtime, health === false ? {} : health),
      pools: () => resources.pools(),
      breakers: () => resources.circuitBreakers(),
      lostSpans: () => lost.ratio(),
      failingExporters: () => self.exports.failing().filter((it) => !isOfSpans(it, telemetry)),
      knowsDegraded: () => terminusKnowsDegraded(modules.values()),
    });
  },
};

/** Spans are judged by how many are lost. */
function isOfSpans(name: string, telemetry: Telemetry | undefined): boolean {
  return telemetry?.exporters().some(({ exporter }) => exporter === name) ?? false;
}

function spansOf(telemetry: Telemetry) {
  const exporters = telemetry.exporters();
  const sum = (key: 'exported' | 'failed' | 'dropped') =>
    exporters.reduce((total, it) => total + it[key], 0);
  const failed = sum('failed') + sum('dropped');
  return { finished: sum('exported') + failed, failed };
}
