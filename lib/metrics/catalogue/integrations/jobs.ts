import type { CatalogueMetric } from '../catalogue-metric.js';

const labels = { queue: 'open', job: 'open' } as const;
const needs = ['handler'] as const;

// Jobs take from milliseconds to hours.
const buckets = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 1_800, 3_600];

/** Metrics of the attempts at jobs, with one series per queue and job. */
export const jobCallMetrics = {
  finished: {
    name: 'eventcore_jobs_total',
    type: 'counter',
    help: 'Finished attempts at jobs, with any outcome.',
    labels,
    needs,
    absentWhen: 'No job has run.',
  },
  succeeded: {
    name: 'eventcore_jobs_succeeded_total',
    type: 'counter',
    help: 'Attempts at jobs that succeeded.',
    labels,
    needs,
    absentWhen: 'No job has succeeded.',
  },
  failed: {
    name: 'eventcore_job_errors_total',
    type: 'counter',
    help: 'Attempts at jobs that failed.',
    labels,
    needs,
    absentWhen: 'No job has failed.',
  },
  duration: {
    name: 'eventcore_job_duration_seconds',
    type: 'histogram',
    help: 'Duration of attempts at jobs.',
    unit: 'seconds',
    labels: { ...labels, outcome: 'closed' },
    buckets,
    needs,
    absentWhen: 'No job has run.',
  },
  concurrent: {
    name: 'eventcore_jobs_concurrent',
    type: 'gauge',
    aggregation: 'sum',
    help: 'Jobs currently executing.',
    labels,
    needs,
    absentWhen: 'No job is executing.',
  },
  retries: {
    name: 'eventcore_job_retries_total',
    type: 'counter',
    help: 'Failed attempts at jobs that are tried again, by error type.',
    labels: { ...labels, error_type: 'open' },
    needs,
    absentWhen: 'No failed attempt is tried again.',
  },
} as const satisfies Record<string, CatalogueMetric>;

/** Metrics of jobs beside those of their attempts. */
export const jobMetrics = {
  wait: {
    name: 'eventcore_job_wait_seconds',
    type: 'histogram',
    help: 'Time from the moment at which a job could run to its first attempt, without a delay that was asked for.',
    unit: 'seconds',
    labels,
    buckets,
    needs: [...needs, 'queue'],
    absentWhen: 'No job of a queue has run.',
  },
  exhausted: {
    name: 'eventcore_job_exhausted_total',
    type: 'counter',
    help: 'Jobs that failed for good: no further attempt follows.',
    labels,
    needs,
    absentWhen: 'No job has failed for good.',
  },
  overlaps: {
    name: 'eventcore_job_overlaps_total',
    type: 'counter',
    help: 'Runs of scheduled jobs that began before the previous run in the same process had ended.',
    labels,
    needs,
    absentWhen: 'No run of a scheduled job has overlapped another.',
  },
  lastSuccess: {
    name: 'eventcore_job_last_success_timestamp_seconds',
    type: 'gauge',
    aggregation: 'max',
    help: 'Unix time of the last successful end of a scheduled job in this process.',
    unit: 'seconds',
    labels,
    needs,
    absentWhen: 'No scheduled job has succeeded since the start.',
  },
  nextRun: {
    name: 'eventcore_job_next_run_timestamp_seconds',
    type: 'gauge',
    aggregation: 'max',
    help: 'Unix time at which a scheduled job runs next. Absent for a job that is stopped.',
    unit: 'seconds',
    labels,
    needs: ['schedule'],
    absentWhen: 'No scheduled job is due: all are stopped, or run once.',
  },
  period: {
    name: 'eventcore_job_period_seconds',
    type: 'gauge',
    aggregation: 'max',
    help: 'Period of a scheduled job: its interval, or the longest time between the coming runs of its cron expression.',
    unit: 'seconds',
    labels,
    needs: ['schedule'],
    absentWhen: 'No scheduled job runs repeatedly.',
  },
} as const satisfies Record<string, CatalogueMetric>;

/** Metrics of queues, which are read in the background. Each process that reads a queue sees the same numbers. */
export const queueMetrics = {
  jobs: {
    name: 'eventcore_queue_jobs',
    type: 'gauge',
    aggregation: 'max',
    help: 'Jobs of a queue, by state. Absent while the queue does not answer.',
    labels: { queue: 'open', state: 'open' },
    needs: ['queue'],
    absentWhen: 'No queue has answered (see eventcore_queue_observation_errors_total).',
    zeroWhen: 'The queues have no jobs.',
  },
  oldestWaiting: {
    name: 'eventcore_queue_oldest_waiting_seconds',
    type: 'gauge',
    aggregation: 'max',
    help: 'Age of the oldest job that waits in a queue, 0 for none. Absent while the queue does not answer.',
    unit: 'seconds',
    labels: { queue: 'open' },
    needs: ['queue'],
    absentWhen: 'No queue has answered (see eventcore_queue_observation_errors_total).',
    zeroWhen: 'No job waits.',
  },
  errors: {
    name: 'eventcore_queue_observation_errors_total',
    type: 'counter',
    help: 'Readings of a queue that failed or took too long.',
    labels: { queue: 'open' },
    needs: ['queue'],
    absentWhen: 'Every reading of a queue has succeeded.',
  },
} as const satisfies Record<string, CatalogueMetric>;
