import { type Environment, StandardVariables } from '../../../options/standard-variables.js';
import { serviceAttributes } from '../../../otlp/resource-attributes.js';
import { defaultSampler } from '../../samplers/create-sampler.js';
import type { SamplerOptions } from '../../samplers/sampler-options.js';
import { type ExporterPlan, planExporters } from './exporter-plan.js';
import {
  type PropagatorName,
  propagatorNames,
  type TelemetryOptions,
} from './telemetry-options.js';

/** Limits of one span, with the names of the SDK. */
export type SpanLimits = Readonly<Record<string, number>>;

/** Telemetry settings, resolved from options and variables. */
export interface TelemetryPlan {
  readonly enabled: boolean;
  /** Configured resource attributes, which take precedence over detected ones. */
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  readonly detectors: { readonly host: boolean; readonly process: boolean };
  readonly exporters: readonly ExporterPlan[];
  readonly sampler: SamplerOptions;
  readonly keepErrors: boolean;
  /** True to register the library's `MeterProvider`. */
  readonly metrics: boolean;
  readonly propagators: readonly PropagatorName[];
  readonly batch: BatchPlan;
  readonly spanLimits: SpanLimits;
  readonly shutdownTimeoutMs: number;
  /** Problems with the variables. */
  readonly warnings: readonly string[];
}

/** Resolved settings of the queue. */
export interface BatchPlan {
  readonly maxQueueSize: number;
  readonly maxBatchSize: number;
  readonly delayMs: number;
  readonly exportTimeoutMs: number;
}

/** Resolves the settings: options first, then variables, then defaults. */
export function planTelemetry(options: TelemetryOptions, env: Environment): TelemetryPlan {
  const warnings: string[] = [];
  const variables = new StandardVariables(env, (it) => warnings.push(it));
  const { detectors = {} } = options;
  return {
    enabled: options.enabled ?? !variables.isTrue('OTEL_SDK_DISABLED'),
    attributes: serviceAttributes(options, variables),
    detectors: { host: detectors.host ?? true, process: detectors.process ?? true },
    exporters: planExporters(options.exporter, variables, (it) => warnings.push(it)),
    sampler: options.sampler ?? samplerOf(variables, (it) => warnings.push(it)),
    keepErrors: options.keepErrors ?? false,
    metrics:
      options.metrics ?? variables.list('OTEL_METRICS_EXPORTER')?.includes('prometheus') ?? false,
    propagators:
      options.propagators ?? propagatorsOf(variables, (it) => warnings.push(it)) ?? PROPAGATORS,
    batch: planBatch(options, variables, (it) => warnings.push(it)),
    spanLimits: planSpanLimits(variables),
    shutdownTimeoutMs: options.shutdownTimeoutMs ?? 5000,
    warnings,
  };
}

const PROPAGATORS: readonly PropagatorName[] = ['tracecontext', 'baggage'];

const isPropagator = (name: string): name is PropagatorName =>
  propagatorNames.includes(name as PropagatorName);

/** Returns the propagators of the variable, in its order; unknown ones are ignored. */
function propagatorsOf(
  variables: StandardVariables,
  warn: (message: string) => void,
): readonly PropagatorName[] | undefined {
  const name = 'OTEL_PROPAGATORS';
  const named = variables.list(name);
  if (named === undefined) return undefined;
  if (named.includes('none')) return [];
  for (const it of named.filter((it) => !isPropagator(it))) {
    const shown = JSON.stringify(it.slice(0, 60));
    warn(`${name} = ${shown} is ignored: it must be ${propagatorNames.join(', ')} or none`);
  }
  return named.filter(isPropagator);
}

function samplerOf(variables: StandardVariables, warn: (message: string) => void): SamplerOptions {
  const name = variables.text('OTEL_TRACES_SAMPLER')?.toLowerCase();
  const ratio = (): SamplerOptions => ({
    type: 'ratio',
    ratio: variables.ratio('OTEL_TRACES_SAMPLER_ARG') ?? 1,
  });
  switch (name) {
    case undefined:
      return defaultSampler;
    case 'always_on':
      return 'always';
    case 'always_off':
      return 'never';
    case 'traceidratio':
      return ratio();
    case 'parentbased_always_on':
      return { type: 'parent-based', root: 'always' };
    case 'parentbased_always_off':
      return { type: 'parent-based', root: 'never' };
    case 'parentbased_traceidratio':
      return { type: 'parent-based', root: ratio() };
    default:
      warn(
        `OTEL_TRACES_SAMPLER = ${JSON.stringify(name.slice(0, 60))} is ignored: it is not known`,
      );
      return defaultSampler;
  }
}

function planBatch(
  { batch = {} }: TelemetryOptions,
  variables: StandardVariables,
  warn: (message: string) => void,
): BatchPlan {
  const maxQueueSize = batch.maxQueueSize ?? variables.positive('OTEL_BSP_MAX_QUEUE_SIZE') ?? 2048;
  const wanted = batch.maxBatchSize ?? variables.positive('OTEL_BSP_MAX_EXPORT_BATCH_SIZE');
  if (wanted !== undefined && wanted > maxQueueSize) {
    warn(`exports are cut to ${maxQueueSize} spans: the queue holds no more than that`);
  }
  return {
    maxQueueSize,
    maxBatchSize: Math.min(wanted ?? 512, maxQueueSize),
    delayMs: batch.delayMs ?? variables.positive('OTEL_BSP_SCHEDULE_DELAY') ?? 5000,
    exportTimeoutMs:
      batch.exportTimeoutMs ?? variables.positive('OTEL_BSP_EXPORT_TIMEOUT') ?? 30_000,
  };
}

const LIMITS: readonly (readonly [limit: string, ...variables: string[]])[] = [
  [
    'attributeValueLengthLimit',
    'OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT',
    'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT',
  ],
  ['attributeCountLimit', 'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
  ['eventCountLimit', 'OTEL_SPAN_EVENT_COUNT_LIMIT'],
  ['linkCountLimit', 'OTEL_SPAN_LINK_COUNT_LIMIT'],
  ['attributePerEventCountLimit', 'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT'],
  ['attributePerLinkCountLimit', 'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT'],
];

function planSpanLimits(variables: StandardVariables): SpanLimits {
  const limits = LIMITS.map(([limit, ...names]) => [limit, variables.positive(...names)] as const);
  return Object.fromEntries(
    limits.filter((it): it is readonly [string, number] => it[1] !== undefined),
  );
}
