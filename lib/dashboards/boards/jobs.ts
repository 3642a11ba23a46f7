import {
  jobCallMetrics,
  jobMetrics,
  queueMetrics,
} from '../../metrics/catalogue/integrations/jobs.js';
import type { Board } from '../board.js';
import { bars, graph, stat } from '../panels.js';
import { countBy, quantile, rateBy, series, share, sumBy } from '../queries.js';

const queue = 'queue=~"$queue"';
// Prometheus renames the label `job` of a metric to `exported_job` where the target has a label of that name.
const job = 'queue, job, exported_job';
const legend = '{{queue}} {{job}} {{exported_job}}';
const { finished, failed, duration, concurrent, retries, succeeded } = jobCallMetrics;
const { wait, exhausted, overlaps, lastSuccess, nextRun, period } = jobMetrics;
const { jobs, oldestWaiting, errors } = queueMetrics;

const max = (vector: string) => `max by (${job}) (${vector})`;
const perQueue = (vector: string) => `max by (queue) (${vector})`;

/** Jobs and queues. */
export const jobsBoard: Board = {
  id: 'jobs',
  title: 'Jobs',
  description: 'Scheduled jobs, jobs of queues, and the depth of queues.',
  variables: [
    { name: 'queue', title: 'Queue', values: { series: series(finished), label: 'queue' } },
  ],
  rows: [
    {
      title: 'Jobs now',
      panels: [
        stat(
          'Job attempts: How many attempts per second end?',
          { unit: 'per second', width: 6, absent: 'no job' },
          { attempts: rateBy('', finished, queue) },
        ),
        stat(
          'Failed attempts: What share of the attempts fails?',
          { unit: 'ratio', width: 6, absent: 'no job has run' },
          { failed: share(rateBy('', failed, queue), rateBy('', finished, queue)) },
        ),
        stat(
          'Oldest waiting job: How long has the oldest job waited?',
          { unit: 'seconds', width: 6, absent: 'no queue answers' },
          { oldest: `max(${series(oldestWaiting, queue)})` },
        ),
        stat(
          'Lost jobs: How many jobs have failed for good in this time range?',
          { unit: 'count', width: 6, absent: 'no job' },
          { lost: countBy('', exhausted, queue) },
        ),
      ],
    },
    {
      title: 'Attempts',
      panels: [
        graph(
          'Attempts by job: Which jobs run?',
          { unit: 'per second', absent: 'no job' },
          { [legend]: rateBy(job, finished, queue) },
        ),
        graph(
          'Successes by job: Which jobs do their work?',
          { unit: 'per second', absent: 'no job' },
          { [legend]: rateBy(job, succeeded, queue) },
        ),
        graph(
          'Failures by job: Which jobs fail?',
          { unit: 'per second', absent: 'no job' },
          { [legend]: rateBy(job, failed, queue) },
        ),
        graph(
          'Retries by error: Which errors are tried again?',
          { unit: 'per second', absent: 'no attempt is tried again' },
          { '{{queue}} {{error_type}}': rateBy('queue, error_type', retries, queue) },
        ),
        graph(
          'Duration of jobs: How long do 95 % of the attempts take at most?',
          { unit: 'seconds', absent: 'no job has run' },
          { [legend]: quantile(0.95, [job, duration, queue]) },
        ),
        graph(
          'Running jobs: How many jobs run at the same time?',
          { unit: 'count', absent: 'no job' },
          { [legend]: sumBy(job, series(concurrent, queue)) },
        ),
      ],
    },
    {
      title: 'Schedule',
      panels: [
        graph(
          'Since the last success: Which scheduled job has not succeeded for long?',
          { unit: 'seconds', width: 12, absent: 'no scheduled job has succeeded' },
          { [legend]: `time() - ${max(series(lastSuccess, queue))}` },
        ),
        graph(
          'Until the next run: When does each job run?',
          { unit: 'seconds', width: 12, absent: 'no scheduled job' },
          { [legend]: `${max(series(nextRun, queue))} - time()` },
        ),
        graph(
          'Period of jobs: How often does each job run?',
          { unit: 'seconds', width: 12, absent: 'no scheduled job' },
          { [legend]: max(series(period, queue)) },
        ),
        bars(
          'Overlapping runs: Which jobs began before they had ended?',
          { unit: 'count', width: 12, absent: 'no scheduled job' },
          { [legend]: countBy(job, overlaps, queue) },
        ),
      ],
    },
    {
      title: 'Queues',
      panels: [
        graph(
          'Jobs by state: Does a queue grow?',
          { unit: 'count', width: 12, absent: 'no queue answers' },
          { '{{queue}} {{state}}': `max by (queue, state) (${series(jobs, queue)})` },
        ),
        graph(
          'Age of the oldest job: Which queue falls behind?',
          { unit: 'seconds', width: 12, absent: 'no queue answers' },
          { '{{queue}}': perQueue(series(oldestWaiting, queue)) },
        ),
        graph(
          'Waiting time: How long do 95 % of the jobs wait at most?',
          { unit: 'seconds', width: 12, absent: 'no job of a queue has run' },
          { '{{queue}}': quantile(0.95, ['queue', wait, queue]) },
        ),
        graph(
          'Silent queues: Which queue does not answer?',
          { unit: 'per second', width: 12, absent: 'no queue' },
          { '{{queue}}': rateBy('queue', errors, queue) },
        ),
      ],
    },
  ],
};
