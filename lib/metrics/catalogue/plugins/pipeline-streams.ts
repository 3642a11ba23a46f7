import type { CatalogueMetric } from '../catalogue-metric.js';

const needs = ['pipelines'] as const;
const stream = { pipeline: 'open', stream: 'open' } as const;
const passed = { ...stream, role: 'closed' } as const;

/** Metrics of the streams of a pipeline. */
export const pipelineStreamMetrics = {
  received: {
    name: 'eventcore_pipeline_stream_events_received_total',
    type: 'counter',
    help: 'Events that arrived at the stream. Its role is input, inner or output.',
    labels: passed,
    needs,
    absentWhen: 'No pipeline has a stream.',
  },
  sent: {
    name: 'eventcore_pipeline_stream_events_sent_total',
    type: 'counter',
    help: 'Events that the stream handed to what follows it. Its role is input, inner or output.',
    labels: passed,
    needs,
    absentWhen: 'No pipeline has a stream.',
  },
  subscribers: {
    name: 'eventcore_pipeline_stream_subscribers',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Subscriptions of the stream.',
    labels: stream,
    needs,
    absentWhen: 'No pipeline has a stream.',
  },
  lastEvent: {
    name: 'eventcore_pipeline_stream_last_event_timestamp_seconds',
    type: 'gauge',
    aggregation: 'max',
    help: 'Unix time of the last event of the stream, to the turn of the event loop.',
    unit: 'seconds',
    labels: stream,
    needs,
    absentWhen: 'The stream has had no event.',
  },
  backpressure: {
    name: 'eventcore_pipeline_stream_backpressure_events_total',
    type: 'counter',
    help: 'Times that the stream refused a chunk after it had accepted one.',
    labels: stream,
    needs,
    absentWhen: 'No writable stream of Node.js is observed.',
  },
  blocked: {
    name: 'eventcore_pipeline_stream_backpressure_seconds_total',
    type: 'counter',
    help: 'Time for which the stream refused chunks. Its rate is the blocked share.',
    unit: 'seconds',
    labels: stream,
    needs,
    absentWhen: 'No writable stream of Node.js is observed.',
  },
  bufferSize: {
    name: 'eventcore_pipeline_stream_buffer_size',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Events in the buffers of the stream, in object mode.',
    labels: { ...stream, side: 'closed' },
    needs,
    absentWhen: 'No stream of Node.js in object mode is observed.',
    zeroWhen: 'The buffers are empty.',
  },
  bufferBytes: {
    name: 'eventcore_pipeline_stream_buffer_bytes',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Bytes in the buffers of the stream, outside object mode.',
    unit: 'bytes',
    labels: { ...stream, side: 'closed' },
    needs,
    absentWhen: 'No stream of Node.js outside object mode is observed.',
    zeroWhen: 'The buffers are empty.',
  },
  bufferUse: {
    name: 'eventcore_pipeline_stream_buffer_utilization_ratio',
    type: 'gauge',
    aggregation: 'max',
    help: 'Fill of the fullest buffer of the stream, relative to its high water mark.',
    unit: 'ratio',
    labels: { ...stream, side: 'closed' },
    needs,
    absentWhen: 'No stream of Node.js is observed.',
    zeroWhen: 'The buffers are empty.',
  },
} as const satisfies Record<string, CatalogueMetric>;
