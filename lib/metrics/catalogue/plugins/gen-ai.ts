import type { CatalogueMetric } from '../catalogue-metric.js';

const needs = ['gen-ai'] as const;

const operation = {
  gen_ai_operation_name: 'open',
  gen_ai_provider_name: 'open',
  gen_ai_request_model: 'open',
  gen_ai_response_model: 'open',
} as const;

const attributes = {
  gen_ai_operation_name: 'gen_ai.operation.name',
  gen_ai_provider_name: 'gen_ai.provider.name',
  gen_ai_request_model: 'gen_ai.request.model',
  gen_ai_response_model: 'gen_ai.response.model',
  gen_ai_token_type: 'gen_ai.token.type',
  error_type: 'error.type',
} as const;

/** 10 ms to 82 s, as the conventions say. */
const seconds = Array.from({ length: 14 }, (_, i) => (10 * 2 ** i) / 1_000);
/** 1 to 67,108,864, as the conventions say. */
const tokens = Array.from({ length: 14 }, (_, i) => 4 ** i);

/**
 * Metrics of calls to generative models. OTLP has the names, units, attributes and buckets of the semantic conventions of
 * OpenTelemetry 1.41.0, in development, the last release before they moved to a repository of their own:
 * https://github.com/open-telemetry/semantic-conventions/blob/v1.41.0/docs/gen-ai/gen-ai-metrics.md
 */
export const genAiMetrics = {
  duration: {
    name: 'eventcore_gen_ai_client_operation_duration_seconds',
    otelName: 'gen_ai.client.operation.duration',
    type: 'histogram',
    help: 'Duration of calls to generative models, up to the end of a stream; with the error type of those that failed.',
    unit: 'seconds',
    labels: { ...operation, error_type: 'open' },
    otelLabels: attributes,
    buckets: seconds,
    needs,
    absentWhen: 'No call to a model has ended.',
  },
  tokens: {
    name: 'eventcore_gen_ai_client_token_usage',
    otelName: 'gen_ai.client.token.usage',
    otelUnit: '{token}',
    type: 'histogram',
    help: 'Input and output tokens of calls to generative models, as the answers say.',
    labels: { ...operation, gen_ai_token_type: 'closed' },
    otelLabels: attributes,
    buckets: tokens,
    needs,
    absentWhen: 'No answer of a model has said how many tokens it used.',
  },
  firstChunk: {
    name: 'eventcore_gen_ai_client_operation_time_to_first_chunk_seconds',
    otelName: 'gen_ai.client.operation.time_to_first_chunk',
    type: 'histogram',
    help: 'Time from the call to the first chunk of a streamed answer.',
    unit: 'seconds',
    labels: operation,
    otelLabels: attributes,
    buckets: seconds,
    needs,
    absentWhen: 'No answer has been streamed.',
  },
  nextChunk: {
    name: 'eventcore_gen_ai_client_operation_time_per_output_chunk_seconds',
    otelName: 'gen_ai.client.operation.time_per_output_chunk',
    type: 'histogram',
    help: 'Time from a chunk of a streamed answer to the next one.',
    unit: 'seconds',
    labels: operation,
    otelLabels: attributes,
    buckets: seconds,
    needs,
    absentWhen: 'No streamed answer has had a second chunk.',
  },
} as const satisfies Record<string, CatalogueMetric>;
