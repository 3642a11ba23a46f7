import {
  jobCallMetrics,
  jobMetrics,
  queueMetrics,
} from '../../metrics/catalogue/integrations/jobs.js';
import { systemMetrics } from '../../metrics/catalogue/system.js';
import { alert } from '../alert-definition.js';
import { digits, grows, ratioFires, ratioStaysQuiet, stays } from '../examples.js';

const { finished, failed } = jobCallMetrics;
const { lastSuccess, period } = jobMetrics;
const { jobs, oldestWaiting } = queueMetrics;
const { uptime } = systemMetrics;

// Prometheus renames the label `job` of a metric to `exported_job` where the target has a label of that name.
const one = ['queue', 'exported_job'] as const;
const nightly = '{queue="schedule",exported_job="nightly"}';
const welcome = '{queue="mail",exported_job="welcome"}';
const waiting = `${jobs.name}{queue="mail", state="waiting"}`;
const attempts = { part: `${failed.name}${welcome}`, whole: `${finished.name}${welcome}` };
const oldest = `${oldestWaiting.name}{queue="mail"}`;
const labels = ['job', 'queue', 'exported_job'];
const name = '{{ with $labels.exported_job }}{{ . }}{{ else }}{{ $labels.job }}{{ end }}';

/** Alerts on jobs and queues. */
export const jobAlerts = {
  JobNotRun: alert({
    severity: 'critical',
    for: '1m',
    keepFiringFor: '5m',
    parameters: {
      periods: {
        unit: 'count',
        default: 2,
        description: 'number of periods without a success of a scheduled job',
      },
    },
    expr: ({ periods }, { by }) =>
      // A job that never succeeded has been missing for as long as the process that has run longest.
      `((time() - max ${by(...one)} (${lastSuccess.name})) ` +
      `or (max ${by(...one)} ((max by (instance) (${uptime.name})) * on (instance) group_right () (${period.name} * 0 + 1)))) ` +
      `> ${periods} * (max ${by(...one)} (${period.name}))`,
    labels,
    summary: `Job ${name} has not run`,
    description: `Scheduled job ${name} has not succeeded for {{ $value | humanizeDuration }}, more than {periods} of its periods.`,
    runbook: {
      means:
        'A scheduled job has not succeeded for more than {periods} of its periods, or since its process began. It did not run, it still runs, or it failed.',
      impact: 'What the job does is missing: reports, clean-ups, synchronisations.',
      look: [
        'Failures of the job: `eventcore_job_errors_total`, and its log lines with the outcome `failure`.',
        'A run that does not end: `eventcore_jobs_concurrent`.',
        'Whether the job was stopped: `eventcore_job_next_run_timestamp_seconds` is absent then.',
      ],
      act: [
        'Run the job by hand once its fault is mended.',
        'Restart the instance if a run hangs and the job waits for it.',
      ],
    },
    firing: ({ periods }) => ({
      [`${period.name}${nightly}`]: stays(600 / (periods || 2)),
      [uptime.name]: '0+60x30',
    }),
    quiet: ({ periods }) =>
      periods === 0
        ? undefined
        : {
            [uptime.name]: '0+60x30',
            [`${lastSuccess.name}${nightly}`]: '0x9 540x9 1080x11',
            [`${period.name}${nightly}`]: stays(600 / periods),
          },
    drill: 'A scheduled job is stopped.',
  }),
  JobFailing: alert({
    severity: 'warning',
    for: '1m',
    parameters: {
      ratio: { unit: 'ratio', default: 0.5, description: 'ratio of failed to finished attempts' },
      calls: {
        unit: 'count',
        default: 1,
        description: 'number of attempts in an hour below which the ratio is not judged',
      },
    },
    expr: ({ ratio, calls }, { by }) =>
      `(sum ${by(...one)} (rate(${failed.name}[1h])) / sum ${by(...one)} (rate(${finished.name}[1h]))) > ${ratio} ` +
      `and (sum ${by(...one)} (increase(${finished.name}[1h])) >= ${calls})`,
    labels,
    summary: `Job ${name} fails`,
    description: `{{ $value | humanizePercentage }} of the attempts at job ${name} of {{ $labels.queue }} failed within an hour; the limit is {ratio}.`,
    runbook: {
      means: 'More than {ratio} of the attempts at one job failed within an hour.',
      impact: 'Jobs are late because they are tried again, or lost when no attempt follows.',
      look: [
        'The error types: `sum by (error_type) (increase(eventcore_errors_total{source="job"}[1h]))`.',
        'Jobs that are lost: `eventcore_job_exhausted_total`.',
        'Traces and log lines of the job.',
      ],
      act: [
        'Restore the dependency that the error types name.',
        'Add the lost jobs again once the fault is mended.',
      ],
    },
    firing: ({ ratio, calls }) => ratioFires({ ...attempts, ratio, calls }),
    quiet: ({ ratio, calls }) => ratioStaysQuiet({ ...attempts, ratio, calls }),
    drill: 'The mail server refuses every message.',
  }),
  QueueGrowing: alert({
    severity: 'warning',
    for: '15m',
    parameters: {
      jobs: { unit: 'count', default: 100, description: 'number of waiting jobs' },
    },
    expr: ({ jobs: limit }, { by }) =>
      `(max ${by('queue')} (${jobs.name}{state="waiting"}) > ${limit}) ` +
      `and (max ${by('queue')} (deriv(${jobs.name}{state="waiting"}[15m])) > 0)`,
    labels: ['job', 'queue'],
    summary: 'Queue {{ $labels.queue }} grows',
    description:
      '{{ $value | humanize }} jobs wait in {{ $labels.queue }}, more than {jobs}, and their number has been rising for 15 minutes.',
    runbook: {
      means:
        'More than {jobs} jobs wait in a queue, and their number has been rising for 15 minutes: more jobs come than are done.',
      impact: 'Jobs start later and later.',
      look: [
        'Workers that are gone or paused: `eventcore_jobs_concurrent` by instance.',
        'Jobs that take longer than before: `eventcore_job_duration_seconds`.',
        'A producer that adds more jobs than usual.',
      ],
      act: ['Add workers, or raise their concurrency.', 'Stop the producer if it runs wild.'],
    },
    firing: ({ jobs: limit }) => ({ [waiting]: grows(Math.max(1, limit / 5)) }),
    quiet: ({ jobs: limit }) => {
      const more = Math.max(1, limit / 5);
      return { [waiting]: `${grows(more, 0, 6)} ${digits(6 * more)}-${digits(more)}x6 0x17` };
    },
    drill: 'Jobs are added faster than the workers do them.',
  }),
  OldestJobTooOld: alert({
    severity: 'critical',
    for: '5m',
    keepFiringFor: '5m',
    parameters: {
      age: { unit: 'seconds', default: 600, description: 'age of the oldest waiting job' },
    },
    expr: ({ age }, { by }) => `max ${by('queue')} (${oldestWaiting.name}) > ${age}`,
    labels: ['job', 'queue'],
    summary: 'The oldest job of queue {{ $labels.queue }} is too old',
    description:
      'The oldest job of {{ $labels.queue }} has been waiting for {{ $value | humanizeDuration }}; the limit is {age}.',
    runbook: {
      means: 'A job has been able to run for more than {age} and has not started.',
      impact: 'What the job does is late: mails, invoices, synchronisations.',
      look: [
        'Workers: none may be running, or the queue may be paused.',
        'A long job that keeps all workers of the queue: `eventcore_jobs_concurrent`.',
      ],
      act: ['Start workers, or resume the queue.', 'Move long jobs to a queue of their own.'],
    },
    firing: ({ age }) => ({ [oldest]: grows(age / 10) }),
    quiet: ({ age }) => ({ [oldest]: [1, 2, 3].map(() => grows(age / 10, 0, 9)).join(' ') }),
    drill: 'No worker runs.',
  }),
} as const;
