import { libraryName } from '../../kernel/library.js';
import type { HandlerKind } from '../../kernel/handler-kind.js';
import {
  samplesNothing,
  type TracingState,
  tracingState,
} from '../../tracing/start-up/sdk/tracing-state.js';
import type { SpanDiagnosis, SpanKindDiagnosis } from './diagnosis.js';
import {
  type DiagnosisInputs,
  handlersOf,
  listed,
  methodOf,
  unboundOf,
} from './diagnosis-inputs.js';

/** Returns the diagnosis of spans. */
export function diagnoseSpans(inputs: DiagnosisInputs): SpanDiagnosis {
  const state = tracingState(libraryName);
  const { provider, sampler } = state;
  const exporters = inputs.runtime.telemetry?.exporters() ?? [];
  const blockers = blockersOf(inputs, state);
  const shared = [...blockers, ...lossReasons(state), ...exporters.flatMap(exporterReasons)];
  return {
    recording: blockers.length === 0,
    ...(provider !== undefined && { provider }),
    ...(sampler !== undefined && { sampler }),
    exporters,
    kinds: [
      ...inputs.runtime.handlers.kinds.map((kind) => diagnoseKind(inputs, kind, shared)),
      { kind: 'event_store', reasons: shared },
      { kind: 'http', reasons: [...shared, ...httpReasons(inputs)] },
    ],
  };
}

/** Returns reasons why no span is recorded. */
function blockersOf({ runtime }: DiagnosisInputs, { provider, sampler }: TracingState): string[] {
  if (!runtime.enabled) return ['The option enabled is false: nothing is recorded.'];
  if (runtime.options.tracing === false) return ['The option tracing is false.'];
  if (runtime.tracing === undefined)
    return ['@opentelemetry/api is not installed, or cannot be loaded from this package.'];
  const { state, reason } = runtime.telemetry ?? {};
  if (provider === undefined) {
    const why = state === undefined ? '' : ` Telemetry is ${state}${reason ? `: ${reason}` : '.'}`;
    return [
      'No OpenTelemetry SDK is registered: start with --import @eventcore/nestjs-observability/register, call ' +
        `startTelemetry() before Nest is loaded, or register your own.${why}`,
    ];
  }
  if (samplesNothing(sampler)) return [`The sampler records no span without a parent: ${sampler}.`];
  return [];
}

/** Returns reasons why some spans may be lost. */
function lossReasons({ apiCopies, sampler }: TracingState): string[] {
  const share = /TraceIdRatioBased\{[\d.]+\}/.exec(sampler ?? '')?.[0];
  const isAll = share === undefined || share === 'TraceIdRatioBased{1}';
  return [
    ...(apiCopies === undefined ? [] : [apiCopies]),
    ...(isAll ? [] : [`The sampler leaves a share of the traces out: ${share}.`]),
  ];
}

function exporterReasons({
  exporter,
  failed,
  dropped,
}: SpanDiagnosis['exporters'][number]): string[] {
  const lost = failed + dropped;
  if (lost === 0) return [];
  return [
    `${lost} spans for ${exporter} are lost: ${failed} by failed exports, ${dropped} dropped.`,
  ];
}

function diagnoseKind(
  inputs: DiagnosisInputs,
  kind: HandlerKind,
  shared: readonly string[],
): SpanKindDiagnosis {
  const handlers = handlersOf(inputs, kind);
  const without = handlers.filter((it) => it.decoration.options.span === false).map(methodOf);
  const lost = unboundOf(inputs, kind.name);
  return {
    kind: kind.name,
    handlers: handlers.length,
    withoutSpan: without,
    reasons: [
      ...shared,
      ...(handlers.length === 0 ? [`No handler of the kind ${kind.name} was found.`] : []),
      ...(without.length > 0 ? [`span is false for ${listed(without)}.`] : []),
      ...(lost.length > 0 ? [`No part of the application: ${listed(lost)}.`] : []),
    ],
  };
}

function httpReasons({ runtime }: DiagnosisInputs): string[] {
  if (runtime.options.tracing === false) return [];
  return [
    'Spans of requests are made by traceContext() of …/tracing in main.ts, or by an instrumentation of OpenTelemetry that is ' +
      'loaded before Nest; this module makes none.',
  ];
}
