import type { SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Clock } from '../../kernel/clock.js';
import { createSampler } from '../samplers/create-sampler.js';
import type { Sampler } from '../samplers/sampler.js';
import { KeepErrorsSampler } from '../samplers/token-bucket.js';
import type { InMemoryTraceStore } from '../store/memory/in-memory-trace-store.js';
import { ActiveTelemetry } from './active-telemetry.js';
import { BoundedBatch } from './exporters/bounded-batch.js';
import { ExportPipeline, FailOpenProcessor } from './exporters/export-pipeline.js';
import { ExporterCounts } from './exporters/exporter-counts.js';
import { GuardedExporter } from './exporters/guarded-exporter.js';
import { createExporter } from './exporters/span-exporters.js';
import type { ExporterPlan } from './options/exporter-plan.js';
import { detectAttributes } from './options/resource-attributes.js';
import type { SpanProcessorPort } from './options/telemetry-options.js';
import type { TelemetryPlan } from './options/telemetry-plan.js';
import { registerWithOtel } from './sdk/otel-registration.js';
import type { Resource, TracePeers } from './sdk/trace-peers.js';
import { describeError, type Diagnostics } from './telemetry-diagnostics.js';
import type { ExportListener } from './telemetry.js';

/** Dependencies of the telemetry. */
export interface TelemetryDeps {
  readonly plan: TelemetryPlan;
  readonly peers: TracePeers;
  readonly clock: Clock;
  readonly diagnostics: Diagnostics;
  /** Processors of the application. */
  readonly processors: readonly SpanProcessorPort[];
  readonly traceStore: InMemoryTraceStore | undefined;
}

/**
 * Builds the SDK and registers it.
 *
 * @returns `undefined` when OpenTelemetry rejects the registration.
 * @throws ConfigurationError `OBS_OPTION_INVALID` when an exporter rejects its configuration.
 */
export function buildTelemetry(ingredients: TelemetryDeps): ActiveTelemetry | undefined {
  const { plan, peers, processors, diagnostics, traceStore } = ingredients;
  const listeners = new Set<ExportListener>();
  const queues = plan.exporters.map((it) => buildQueue(it, ingredients, listeners));
  const batches = queues.map((it) => it.batch);
  const pipeline = new ExportPipeline(batches, plan.keepErrors);
  const all: SpanProcessor[] = [
    ...processors.map((it) => new FailOpenProcessor(it, diagnostics)),
    ...(traceStore === undefined ? [] : [traceStore]),
    pipeline,
  ];
  const provider = peers.sdk.createProvider({
    resource: buildResource(plan, peers),
    sampler: buildSampler(ingredients),
    spanProcessors: all,
    spanLimits: plan.spanLimits,
  });
  const registration = registerWithOtel(provider, plan.propagators, peers);
  if (registration === undefined) return undefined;
  for (const it of registration.refused) {
    diagnostics.warn(`a ${it} is registered with OpenTelemetry already; it stays in use`);
  }
  return new ActiveTelemetry({
    registration,
    counts: queues.map((it) => it.counts),
    batches,
    listeners,
    diagnostics,
    traceStore,
    flush: () => Promise.allSettled(all.map((it) => it.forceFlush())),
    shutdown: () => Promise.allSettled(all.map((it) => it.shutdown())),
    limitMs: plan.shutdownTimeoutMs,
  });
}

function buildQueue(
  exporterPlan: ExporterPlan,
  { plan, peers, clock, diagnostics }: TelemetryDeps,
  listeners: ReadonlySet<ExportListener>,
): { readonly batch: BoundedBatch; readonly counts: ExporterCounts } {
  const counts = new ExporterCounts(exporterPlan.name, listeners);
  const { exporter, disconnect } = createExporter(exporterPlan, peers);
  const { exportTimeoutMs, maxQueueSize } = plan.batch;
  // OTLP exporters enforce their time limit, retries included.
  const timeoutMs =
    exporterPlan.type === 'otlp'
      ? exportTimeoutMs
      : Math.min(exporterPlan.timeoutMs, exportTimeoutMs);
  const guarded = new GuardedExporter(exporter, {
    counts,
    clock,
    diagnostics,
    timeoutMs,
    disconnect,
  });
  const batch = peers.sdk.createBatchProcessor(guarded, plan.batch);
  const parts = { batch, exporter: guarded, counts, diagnostics, maxQueueSize };
  return { batch: new BoundedBatch(parts), counts };
}

function buildSampler({ plan, peers, clock, diagnostics }: TelemetryDeps): Sampler {
  const onFault = (error: unknown) =>
    diagnostics.warnSometimes('sampler', () => `a sampler failed: ${describeError(error)}`);
  const sampler = createSampler(plan.sampler, { sdk: peers.sdk.samplers, clock, onFault });
  return plan.keepErrors ? new KeepErrorsSampler(sampler) : sampler;
}

function buildResource({ attributes, detectors }: TelemetryPlan, peers: TracePeers): Resource {
  const { defaultResource, resourceFromAttributes } = peers.resources;
  const given = { ...detectAttributes(detectors), ...attributes };
  return defaultResource().merge(resourceFromAttributes(given));
}
