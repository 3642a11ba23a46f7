import type { CatalogueMetric } from '../catalogue-metric.js';

const needs = ['pipelines'] as const;
const pipeline = { pipeline: 'open' } as const;
const stream = { ...pipeline, stream: 'open' } as const;
const passed = { ...stream, role: 'closed' } as const;
const stage = { ...pipeline, stage: 'open' } as const;

/** Metrics of pipelines as a whole. */
export const pipelineMetrics = {
  received: {
    name: 'eventcore_pipeline_events_received_total',
    type: 'counter',
    help: 'Events that the first stream of the pipeline passed on.',
    labels: pipeline,
    needs,
    absentWhen: 'No pipeline has a stream.',
  },
  emitted: {
    name: 'eventcore_pipeline_events_emitted_total',
    type: 'counter',
    help: 'Events that an output stream of the pipeline passed on.',
    labels: pipeline,
    needs,
    absentWhen: 'No pipeline has an output stream.',
  },
  errors: {
    name: 'eventcore_pipeline_errors_total',
    type: 'counter',
    help: 'Events whose work failed in a stage of the pipeline.',
    labels: pipeline,
    needs,
    absentWhen: 'No pipeline has a stage that does work.',
  },
  latency: {
    name: 'eventcore_pipeline_latency_seconds',
    type: 'histogram',
    help: 'Time from the event time of an event to its arrival at an output stream.',
    unit: 'seconds',
    labels: pipeline,
    needs,
    absentWhen: 'No event with an event time has reached an output stream.',
  },
  runs: {
    name: 'eventcore_pipeline_runs',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Runs of the pipeline that have not ended: subscriptions.',
    labels: pipeline,
    needs,
    absentWhen: 'No run is observed.',
  },
  ended: {
    name: 'eventcore_pipeline_runs_total',
    type: 'counter',
    help: 'Runs of the pipeline that ended, by outcome.',
    labels: { ...pipeline, outcome: 'closed' },
    needs,
    absentWhen: 'No run is observed.',
  },
  active: {
    name: 'eventcore_pipelines_active',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Pipelines that have a run that has not ended.',
    needs,
    absentWhen: 'The plugin is not listed.',
    zeroWhen: 'No pipeline runs.',
  },
  health: {
    name: 'eventcore_pipeline_health_ratio',
    type: 'gauge',
    aggregation: 'min',
    help: 'Health of the pipeline: the lowest of its factors, 1 for none to see.',
    unit: 'ratio',
    labels: pipeline,
    needs,
    absentWhen: 'No pipeline is in use.',
  },
} as const satisfies Record<string, CatalogueMetric>;

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
} as const satisfies Record<string, CatalogueMetric>;

/** Metrics of the stages of a pipeline. */
export const pipelineStageMetrics = {
  in: {
    name: 'eventcore_pipeline_stage_events_in_total',
    type: 'counter',
    help: 'Events that arrived at the stage.',
    labels: stage,
    needs,
    absentWhen: 'No pipeline has a stage.',
  },
  out: {
    name: 'eventcore_pipeline_stage_events_out_total',
    type: 'counter',
    help: 'Events that left the stage: results of its work, or events that a filter let pass.',
    labels: stage,
    needs,
    absentWhen: 'No pipeline has a stage.',
  },
  duration: {
    name: 'eventcore_pipeline_stage_duration_seconds',
    type: 'histogram',
    help: 'Duration of the work of the stage on one event.',
    unit: 'seconds',
    labels: { ...stage, outcome: 'closed' },
    needs,
    absentWhen: 'No stage has done work.',
  },
  errors: {
    name: 'eventcore_pipeline_stage_errors_total',
    type: 'counter',
    help: 'Events whose work failed in the stage, by error type.',
    labels: { ...stage, error_type: 'open' },
    needs,
    absentWhen: 'No stage has failed.',
  },
  concurrent: {
    name: 'eventcore_pipeline_stage_concurrent',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Events that the stage works on.',
    labels: stage,
    needs,
    absentWhen: 'No pipeline has a stage.',
  },
  waiting: {
    name: 'eventcore_pipeline_stage_waiting',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Events that wait for the stage.',
    labels: stage,
    needs,
    absentWhen: 'No stage limits its concurrency.',
  },
  oldestWaiting: {
    name: 'eventcore_pipeline_stage_oldest_waiting_seconds',
    type: 'gauge',
    aggregation: 'max',
    help: 'Time that the oldest of the events has waited for the stage, 0 for none.',
    unit: 'seconds',
    labels: stage,
    needs,
    absentWhen: 'No stage limits its concurrency.',
    zeroWhen: 'No event waits.',
  },
  utilization: {
    name: 'eventcore_pipeline_stage_utilization_ratio',
    type: 'gauge',
    aggregation: 'max',
    help: 'Events that the stage works on, relative to its concurrency.',
    unit: 'ratio',
    labels: stage,
    needs,
    absentWhen: 'No stage limits its concurrency.',
  },
  dropped: {
    name: 'eventcore_pipeline_stage_dropped_total',
    type: 'counter',
    help: 'Events that the stage gave up, by reason.',
    labels: { ...stage, reason: 'closed' },
    needs,
    absentWhen: 'No pipeline has a stage that gives up events.',
  },
} as const satisfies Record<string, CatalogueMetric>;
