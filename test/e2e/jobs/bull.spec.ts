import { BullModule, getQueueToken, Process, Processor } from '@nestjs/bull';
import { Injectable } from '@nestjs/common';
import type { Job, Queue } from 'bull';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { poll } from '../../system/poll.js';
import { RunningApplication } from '../module/running-application.js';
import { hasBroker, SharedBrokers } from '../tracing-context/running-broker.js';

const QUEUE = 'letters';

@Processor(QUEUE)
@Injectable()
class Letters {
  @Process('welcome')
  async welcome(_job: Job): Promise<string> {
    return 'sent';
  }

  @Process('flaky')
  async flaky(job: Job): Promise<string> {
    if (job.attemptsMade === 0) throw new TypeError('smtp');
    return 'sent';
  }

  @Process('hopeless')
  async hopeless(_job: Job): Promise<void> {
    throw new RangeError('smtp');
  }

  @Process('discarded')
  async discarded(job: Job): Promise<void> {
    await job.discard();
    throw new RangeError('no such address');
  }

  @Process()
  async unnamed(_job: Job): Promise<void> {}

  @Process('*')
  async any(_job: Job): Promise<void> {}
}

describe.skipIf(!hasBroker('redis'))('jobs of @nestjs/bull', () => {
  const brokers = new SharedBrokers();
  let application: RunningApplication;
  let queue: Queue;

  beforeAll(async () => {
    const { port } = await brokers.get('redis');
    application = await RunningApplication.start({
      imports: [
        ObservabilityModule.forRoot({ jobs: { periodMs: 50 } }),
        BullModule.forRoot({ redis: { host: '127.0.0.1', port } }),
        BullModule.registerQueue({ name: QUEUE }),
      ],
      providers: [Letters],
    });
    queue = application.app.get<Queue>(getQueueToken(QUEUE));
  });
  afterAll(async () => {
    await application?.close();
    await brokers.stop();
  });

  const page = async () => (await application.get('/metrics')).text;
  const read = (text: string, metric: string, labels: Record<string, string>) =>
    sampleOf(text, `eventcore_${metric}`, { queue: QUEUE, ...labels });
  const until = (metric: string, value: number, labels: Record<string, string>) =>
    poll(
      async () => {
        const text = await page();
        return read(text, metric, labels) === value ? text : undefined;
      },
      { what: `${metric} ${value}`, timeoutMs: 10_000 },
    );

  it('Attempts, retries, waits and jobs that failed for good are counted exactly', async () => {
    const opts = { attempts: 2 };
    await queue.addBulk([
      { name: 'welcome', data: {} },
      { name: 'welcome', data: {}, opts },
      { name: 'flaky', data: {}, opts },
      { name: 'hopeless', data: {}, opts },
      { name: 'discarded', data: {}, opts: { attempts: 5 } },
    ]);
    await queue.add({ to: 'a' });
    await queue.add('later', {}, { delay: 300 });
    await until('jobs_total', 2, { job: 'hopeless' });
    await until('jobs_total', 2, { job: 'flaky' });
    const text = await until('jobs_total', 1, { job: 'later' });
    const counts = (job: string) =>
      ['jobs_total', 'jobs_succeeded_total', 'job_errors_total', 'job_exhausted_total'].map((it) =>
        read(text, it, { job }),
      );
    expect(counts('welcome')).toEqual([2, 2, 0, 0]);
    expect(counts('flaky')).toEqual([2, 1, 1, 0]);
    expect(counts('hopeless')).toEqual([2, 0, 2, 1]);
    expect(counts('discarded')).toEqual([1, 0, 1, 1]);
    expect(counts('default')).toEqual([1, 1, 0, 0]);
    expect(read(text, 'job_retries_total', { job: 'flaky', error_type: 'TypeError' })).toBe(1);
    // Later attempts have waited for the first one.
    expect(read(text, 'job_wait_seconds_count', { job: 'hopeless' })).toBe(1);
    expect(read(text, 'job_wait_seconds_count', { job: 'later' })).toBe(1);
  });

  it('The depth of a queue is read in the background, and a paused queue waits as well', async () => {
    await queue.pause();
    await queue.add('welcome', {});
    await queue.add('tomorrow', {}, { delay: 86_400_000 });
    await until('queue_jobs', 1, { state: 'paused' });
    const text = await until('queue_jobs', 1, { state: 'delayed' });
    expect(read(text, 'queue_oldest_waiting_seconds', {})).toBeGreaterThan(0);
    await queue.resume();
    await until('queue_jobs', 0, { state: 'paused' });
    await until('queue_oldest_waiting_seconds', 0, {});
  });

  it('Of 10,000 random job names, 100 have series, and one series has the rest', async () => {
    const letters = application.app.get(Letters);
    const before = (await page()).match(/^eventcore_jobs_total\{/gm)?.length ?? 0;
    const now = Date.now();
    for (let i = 0; i < 10_000; i++) {
      const job = { name: `order ${Math.random()}`, opts: {}, timestamp: now, attemptsMade: 0 };
      await letters.any(job as Job);
    }
    const text = await page();
    expect(text.match(/^eventcore_jobs_total\{/gm)?.length).toBeLessThanOrEqual(101 + before);
    const rest = read(text, 'jobs_total', { job: '__other__' }) ?? 0;
    expect(rest).toBeGreaterThanOrEqual(9_900);
  });
});
