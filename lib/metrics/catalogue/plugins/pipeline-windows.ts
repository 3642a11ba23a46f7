import type { CatalogueMetric } from '../catalogue-metric.js';

const needs = ['pipelines'] as const;
const window = { pipeline: 'open', stage: 'open', window_type: 'closed' } as const;

/** Metrics of the windows of a pipeline. */
export const pipelineWindowMetrics = {
  events: {
    name: 'eventcore_pipeline_window_events',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Events in open windows; of windows that overlap, in the one that closed last.',
    labels: window,
    needs,
    absentWhen: 'No stage has windows.',
    zeroWhen: 'No window has events.',
  },
  bytes: {
    name: 'eventcore_pipeline_window_bytes',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Bytes of the window that closed last, as the option bytes says.',
    unit: 'bytes',
    labels: window,
    needs,
    absentWhen: 'No stage has the option bytes, or none of its windows has closed.',
  },
  closed: {
    name: 'eventcore_pipeline_windows_closed_total',
    type: 'counter',
    help: 'Windows that closed.',
    labels: window,
    needs,
    absentWhen: 'No stage has windows.',
  },
  duration: {
    name: 'eventcore_pipeline_window_duration_seconds',
    type: 'histogram',
    help: 'Time from the first event of a window to its end.',
    unit: 'seconds',
    labels: window,
    needs,
    absentWhen: 'No window with an event has closed.',
  },
} as const satisfies Record<string, CatalogueMetric>;
