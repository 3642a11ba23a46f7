import type { ReadableSpan, SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { SdkSamplers } from '../../samplers/create-sampler.js';
import type { Sampler } from '../../samplers/sampler.js';
import type { BatchPlan, SpanLimits } from '../options/telemetry-plan.js';

/** A tracer provider, as much of it as is used. */
export interface TracerProvider {
  getTracer(name: string, version?: string): never;
}

/** What a tracer provider is made with. */
interface TracerProviderConfig {
  readonly resource: unknown;
  readonly sampler: Sampler;
  readonly spanProcessors: readonly SpanProcessor[];
  readonly spanLimits: SpanLimits;
}

/** The tracing SDK, with the differences between its versions gone. */
export interface TraceSdk {
  readonly samplers: SdkSamplers;
  createProvider(config: TracerProviderConfig): TracerProvider;
  createBatchProcessor(exporter: SpanExporter, plan: BatchPlan): SpanProcessor;
  createConsoleExporter(): SpanExporter;
}

/** `@opentelemetry/sdk-trace`, 2.9 and later: the only one there is in 3.x. */
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

/** A finished span, as exporters get it. */
export type FinishedSpan = ReadableSpan;

/** The SDK on top of `@opentelemetry/sdk-trace`. */
export function ofSdkTrace(sdk: SdkTraceModule): TraceSdk {
  return {
    samplers: sdk,
    createProvider: (config) => new sdk.TracerProvider(config),
    createBatchProcessor: (exporter, plan) =>
      new sdk.BatchSpanProcessor({ exporter, ...batchConfig(plan) }),
    createConsoleExporter: () => new sdk.ConsoleSpanExporter(),
  };
}

/** The SDK on top of `@opentelemetry/sdk-trace-base`. */
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
