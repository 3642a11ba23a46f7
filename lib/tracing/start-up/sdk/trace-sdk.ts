import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { SdkSamplers } from '../../samplers/create-sampler.js';
import type { Sampler } from '../../samplers/sampler.js';
import type { BatchPlan, SpanLimits } from '../options/telemetry-plan.js';

/** Part of a tracer provider that is used. */
export interface TracerProvider {
  getTracer(name: string, version?: string): never;
}

/** Configuration of a tracer provider. */
interface TracerProviderConfig {
  readonly resource: unknown;
  readonly sampler: Sampler;
  readonly spanProcessors: readonly SpanProcessor[];
  readonly spanLimits: SpanLimits;
}

/** Tracing SDK, independent of its version. */
export interface TraceSdk {
  readonly samplers: SdkSamplers;
  createProvider(config: TracerProviderConfig): TracerProvider;
  createBatchProcessor(exporter: SpanExporter, plan: BatchPlan): SpanProcessor;
  createConsoleExporter(): SpanExporter;
}

/** `@opentelemetry/sdk-trace` from 2.9; 3.x has no other package. */
export interface SdkTraceModule extends SdkSamplers {
  readonly TracerProvider: new (config: TracerProviderConfig) => TracerProvider;
  readonly BatchSpanProcessor: new (config: Record<string, unknown>) => SpanProcessor;
  readonly ConsoleSpanExporter: new () => SpanExporter;
}

/** `@opentelemetry/sdk-trace-base`, 2.x. */
export interface SdkTraceBaseModule extends SdkSamplers {
  readonly BasicTracerProvider: new (config: TracerProviderConfig) => TracerProvider;
  readonly BatchSpanProcessor: new (
    exporter: SpanExporter,
    config: Record<string, unknown>,
  ) => SpanProcessor;
  readonly ConsoleSpanExporter: new () => SpanExporter;
}

/** Finished span, as exporters receive it. */
export type FinishedSpan = ReadableSpan;

/** Returns the SDK based on `@opentelemetry/sdk-trace`. */
export function ofSdkTrace(sdk: SdkTraceModule): TraceSdk {
  return {
    samplers: sdk,
    createProvider: (config) => new sdk.TracerProvider(config),
    createBatchProcessor: (exporter, plan) =>
      new sdk.BatchSpanProcessor({ exporter, ...batchConfig(plan) }),
    createConsoleExporter: () => new sdk.ConsoleSpanExporter(),
  };
}

/** Returns the SDK based on `@opentelemetry/sdk-trace-base`. */
export function ofSdkTraceBase(sdk: SdkTraceBaseModule): TraceSdk {
  return {
    samplers: sdk,
    createProvider: (config) => new sdk.BasicTracerProvider(config),
    createBatchProcessor: (exporter, plan) =>
      new sdk.BatchSpanProcessor(exporter, batchConfig(plan)),
    createConsoleExporter: () => new sdk.ConsoleSpanExporter(),
  };
}

function batchConfig(plan: BatchPlan): Record<string, number> {
  return {
    maxQueueSize: plan.maxQueueSize,
    maxExportBatchSize: plan.maxBatchSize,
    scheduledDelayMillis: plan.delayMs,
    exportTimeoutMillis: plan.exportTimeoutMs,
  };
}
