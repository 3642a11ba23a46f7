import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { Cron, ScheduleModule } from '@nestjs/schedule';
import { context, trace } from '@opentelemetry/api';
import { DelayedError, type Job, type Queue, type Telemetry, UnrecoverableError } from 'bullmq';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ObservabilityModule, type ObservabilityOptions } from '../../../lib/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RecordingSdk } from '../../unit/tracing/span/traced-application.js';
import { poll } from '../../system/poll.js';
import { RunningApplication } from '../module/running-application.js';
import { hasBroker, SharedBrokers } from '../tracing-context/running-broker.js';

type Work = (job: Job, token?: string) => Promise<unknown>;

describe.skipIf(!hasBroker('redis'))('jobs of @nestjs/bullmq', () => {
  const brokers = new SharedBrokers();
  let redis: Awaited<ReturnType<SharedBrokers['get']>>;
  let queues = 0;
  const running: { close(): unknown }[] = [];

  beforeAll(async () => {
    redis = await brokers.get('redis');
  });
  afterEach(async () => {
    for (const it of running.splice(0).toReversed()) await it.close();
  });
  afterAll(() => brokers.stop());

  interface Started {
    readonly jobs?: ObservabilityOptions['jobs'];
    readonly work?: Work;
    readonly name?: string;
    readonly telemetry?: Telemetry;
    readonly concurrency?: number;
  }

  /** An application with one queue and its processor, which needs nothing of this library. */
  async function start(started: Started = {}) {
    const { jobs = {}, work = async () => 'done', name = `mail${queues++}` } = started;
    const { telemetry, concurrency = 1 } = started;

    @Processor(name, { concurrency })
    @Injectable()
    class Mail extends WorkerHost {
      override process(job: Job, token?: string): Promise<unknown> {
        return work(job, token);
      }
    }

    const connection = { host: '127.0.0.1', port: redis.port };
    const application = await RunningApplication.start({
      imports: [
        ObservabilityModule.forRoot({ jobs }),
        BullModule.forRoot({ connection, ...(telemetry && { telemetry }) }),
        BullModule.registerQueue({ name }),
      ],
      providers: [Mail],
    });
    running.push(application);
    const queue = application.app.get<Queue>(getQueueToken(name));
    queue.on('error', () => undefined);
    application.app.get(Mail).worker.on('error', () => undefined);
    const page = async () => (await application.get('/metrics')).text;
    const until = (text: string, value: number, labels: Record<string, string>) =>
      poll(
        async () => {
          const it = await page();
          return sampleOf(it, text, { queue: name, ...labels }) === value ? it : undefined;
        },
        { what: `${text} ${value}`, timeoutMs: 10_000 },
      );
    return { application, queue, name, page, until, mail: application.app.get(Mail) };
  }

  it('Attempts, retries and jobs that failed for good are counted exactly', async () => {
    const work: Work = async (job) => {
      if (job.name === 'bad address') throw new UnrecoverableError('no such address');
      if (job.name === 'flaky' && job.attemptsMade === 0) throw new TypeError('smtp');
      if (job.name === 'hopeless') throw new RangeError('smtp');
      return 'sent';
    };
    const { queue, name, until } = await start({ work });
    const opts = { attempts: 2 };
    await queue.addBulk([
      { name: 'welcome', data: {} },
      { name: 'welcome', data: {}, opts },
      { name: 'flaky', data: {}, opts },
      { name: '', data: {} },
      { name: 'hopeless', data: {}, opts },
      { name: 'bad address', data: {}, opts: { attempts: 5 } },
    ]);
    await until('eventcore_jobs_total', 1, { job: 'bad address' });
    const text = await until('eventcore_jobs_total', 2, { job: 'hopeless' });
    const read = (metric: string, job: string, more = {}) =>
      sampleOf(text, `eventcore_${metric}`, { queue: name, job, ...more });
    const counts = (job: string) =>
      ['jobs_total', 'jobs_succeeded_total', 'job_errors_total', 'job_exhausted_total'].map((it) =>
        read(it, job),
      );
    expect(counts('welcome')).toEqual([2, 2, 0, 0]);
    expect(counts('flaky')).toEqual([2, 1, 1, 0]);
    expect(counts('default')).toEqual([1, 1, 0, 0]);
    expect(counts('hopeless')).toEqual([2, 0, 2, 1]);
    expect(counts('bad address')).toEqual([1, 0, 1, 1]);
    expect(read('job_retries_total', 'flaky', { error_type: 'TypeError' })).toBe(1);
    expect(read('job_retries_total', 'hopeless', { error_type: 'RangeError' })).toBe(1);
    // Later attempts have waited for the first one and a pause.
    for (const [job, first] of [['welcome', 2] as const, ['flaky', 1] as const])
      expect(read('job_wait_seconds_count', job)).toBe(first);
    expect(read('job_overlaps_total', 'welcome')).toBeUndefined();
  });

  it('A stock application with a queue and a failing cron job has both on its page, exactly counted', async () => {
    @Injectable()
    class Nightly {
      @Cron('* * * * * *', { name: 'nightly' })
      async run(): Promise<never> {
        throw new RangeError('no report');
      }
    }

    @Processor('stock')
    class Stock extends WorkerHost {
      override async process(): Promise<void> {}
    }

    const connection = { host: '127.0.0.1', port: redis.port };
    const stock = await RunningApplication.start({
      imports: [
        ObservabilityModule.forRoot(),
        ScheduleModule.forRoot(),
        BullModule.forRoot({ connection }),
        BullModule.registerQueue({ name: 'stock' }),
      ],
      providers: [Nightly, Stock],
    });
    running.push(stock);
    const queue = stock.app.get<Queue>(getQueueToken('stock'));
    await queue.addBulk(Array.from({ length: 20 }, () => ({ name: 'count', data: {} })));
    const nightly = { queue: 'schedule', job: 'nightly' };
    const text = await poll(
      async () => {
        const it = (await stock.get('/metrics')).text;
        const failed = sampleOf(it, 'eventcore_job_errors_total', nightly) ?? 0;
        const done = sampleOf(it, 'eventcore_jobs_total', { queue: 'stock', job: 'count' });
        const isRead = sampleOf(it, 'eventcore_queue_jobs', { queue: 'stock', state: 'waiting' });
        return failed > 0 && done === 20 && isRead !== undefined ? it : undefined;
      },
      { what: 'the work of a stock application', timeoutMs: 15_000 },
    );
    const count = { queue: 'stock', job: 'count' };
    expect(sampleOf(text, 'eventcore_jobs_succeeded_total', count)).toBe(20);
    expect(sampleOf(text, 'eventcore_job_wait_seconds_count', count)).toBe(20);
    expect(sampleOf(text, 'eventcore_jobs_succeeded_total', nightly)).toBe(0);
    expect(sampleOf(text, 'eventcore_job_period_seconds', nightly)).toBe(1);
    expect(sampleOf(text, 'eventcore_job_last_success_timestamp_seconds', nightly)).toBeUndefined();
    expect(sampleOf(text, 'eventcore_job_exhausted_total', nightly)).toBe(
      sampleOf(text, 'eventcore_job_errors_total', nightly),
    );
  });

  it('The wait of a job leaves out the delay that was asked for', async () => {
    const { queue, name, until } = await start();
    await queue.add('later', {}, { delay: 700 });
    const text = await until('eventcore_jobs_total', 1, { job: 'later' });
    const waited = sampleOf(text, 'eventcore_job_wait_seconds_sum', { queue: name, job: 'later' });
    expect(waited).toBeGreaterThanOrEqual(0);
    expect(waited).toBeLessThan(0.6);
  });

  it('A job that its processor puts off is no attempt that has ended', async () => {
    const { queue, name, until } = await start({
      work: async (job, token) => {
        if (job.attemptsStarted > 1) return 'sent';
        await job.moveToDelayed(Date.now() + 10, token);
        throw new DelayedError();
      },
    });
    await queue.add('put off', {});
    const text = await until('eventcore_jobs_total', 1, { job: 'put off' });
    const labels = { queue: name, job: 'put off' };
    expect(sampleOf(text, 'eventcore_job_errors_total', labels)).toBe(0);
    expect(sampleOf(text, 'eventcore_jobs_concurrent', labels)).toBe(0);
  });

  it('Of 10,000 random job names, 100 have series, and one series has the rest', async () => {
    const { mail, name, page } = await start();
    const now = Date.now();
    for (let i = 0; i < 10_000; i++) {
      const job = { name: `order ${Math.random()}`, opts: {}, timestamp: now, attemptsMade: 0 };
      await mail.process(job as Job);
    }
    const text = await page();
    expect(text.match(/^eventcore_jobs_total\{/gm)).toHaveLength(101);
    const other = { queue: name, job: '__other__' };
    expect(sampleOf(text, 'eventcore_jobs_total', other)).toBe(9_900);
  });

  it('The names of the option jobNames exist from the start, and others are one', async () => {
    const { queue, name, until, page } = await start({
      jobs: { jobNames: ['invoice', 'welcome'] },
    });
    const before = await page();
    for (const job of ['invoice', 'welcome'])
      expect(sampleOf(before, 'eventcore_jobs_total', { queue: name, job })).toBe(0);
    await queue.add('invoice', {});
    await queue.add('surprise', {});
    const text = await until('eventcore_jobs_total', 1, { job: '__other__' });
    expect(sampleOf(text, 'eventcore_jobs_total', { queue: name, job: 'invoice' })).toBe(1);
  });

  it('The depth of a queue and the age of its oldest job are read in the background', async () => {
    const { queue, name, until, page } = await start({ jobs: { periodMs: 100 } });
    await queue.pause();
    await queue.add('first', {});
    await queue.add('second', {});
    await queue.add('urgent', {}, { priority: 3 });
    await queue.add('tomorrow', {}, { delay: 86_400_000 });
    const text = await until('eventcore_queue_jobs', 1, { state: 'delayed' });
    expect(sampleOf(text, 'eventcore_queue_jobs', { queue: name, state: 'waiting' })).toBe(2);
    expect(sampleOf(text, 'eventcore_queue_jobs', { queue: name, state: 'prioritized' })).toBe(1);
    const age = async () =>
      sampleOf(await page(), 'eventcore_queue_oldest_waiting_seconds', { queue: name }) ?? 0;
    const first = await age();
    expect(first).toBeGreaterThan(0);
    await poll(async () => (await age()) > first || undefined, { what: 'age', timeoutMs: 5_000 });
    await queue.resume();
    await until('eventcore_queue_jobs', 3, { state: 'completed' });
    await until('eventcore_queue_oldest_waiting_seconds', 0, {});
  });

  it('The span of a job belongs to the trace that added the job, and its data does not change', async () => {
    const sdk = new RecordingSdk();
    running.push(sdk);
    const seen: unknown[] = [];
    const { queue, name, until } = await start({ work: async (job) => seen.push(job.data) });
    const request = trace.getTracer('test').startSpan('request');
    await context.with(trace.setSpan(context.active(), request), async () => {
      await queue.add('one', { to: 'a' });
      await queue.addBulk([{ name: 'two', data: { to: 'b' } }]);
    });
    request.end();
    await until('eventcore_jobs_total', 1, { job: 'two' });
    for (const job of ['one', 'two']) {
      const span = sdk.span(`job ${name} ${job}`);
      expect(span.parentSpanContext?.spanId).toBe(request.spanContext().spanId);
      expect(span.attributes).toMatchObject({
        'job.queue': name,
        'job.name': job,
        'job.attempt': 1,
        'job.id': expect.any(String) as string,
        'job.wait_seconds': expect.any(Number) as number,
      });
      expect(span.attributes).not.toHaveProperty('event.id');
    }
    expect(seen).toEqual([{ to: 'a' }, { to: 'b' }]);
  });

  it('With the telemetry of BullMQ itself, a job has one span and all metrics', async () => {
    const sdk = new RecordingSdk();
    running.push(sdk);
    const { queue, name, until } = await start({ telemetry: bullTelemetry() });
    await queue.add('one', {});
    const text = await until('eventcore_jobs_total', 1, { job: 'one' });
    await poll(async () => sdk.spans().find((it) => it.name === `process ${name}`), {
      ...{ what: 'the span of BullMQ', timeoutMs: 5_000 },
    });
    expect(sdk.spans().filter((it) => it.name.startsWith('job '))).toEqual([]);
    expect(sampleOf(text, 'eventcore_jobs_succeeded_total', { queue: name, job: 'one' })).toBe(1);
  });

  it('A drain finishes the job under way, and begins no further one', async () => {
    let release = () => undefined as void;
    const begun: string[] = [];
    const { application, queue, until } = await start({
      work: async (job) => {
        begun.push(job.name);
        await new Promise<void>((resolve) => (release = resolve));
      },
    });
    await queue.add('first', {});
    await until('eventcore_jobs_concurrent', 1, { job: 'first' });
    await queue.add('second', {});
    const closed = running.pop() && application.close();
    await poll(
      async () => (application.service.diagnose().handlers.length > 0 ? true : undefined),
      {
        ...{ what: 'the drain', timeoutMs: 5_000 },
      },
    );
    release();
    await closed;
    expect(begun).toEqual(['first']);
  });

  it('A Redis that is away is counted, and its queue has no gauges until it is back', async () => {
    const { name, until, page, mail } = await start({ jobs: { periodMs: 100 } });
    await until('eventcore_queue_jobs', 0, { state: 'waiting' });
    redis.freeze();
    try {
      const text = await poll(
        async () => {
          const it = await page();
          const jobs = sampleOf(it, 'eventcore_queue_jobs', { queue: name, state: 'waiting' });
          return jobs === undefined ? it : undefined;
        },
        { what: 'silence', timeoutMs: 10_000 },
      );
      const labels = { queue: name };
      expect(sampleOf(text, 'eventcore_queue_oldest_waiting_seconds', labels)).toBeUndefined();
      expect(sampleOf(text, 'eventcore_queue_observation_errors_total', labels)).toBeGreaterThan(1);
    } finally {
      redis.thaw();
    }
    await until('eventcore_queue_jobs', 0, { state: 'waiting' });
    expect(mail.worker.isRunning()).toBe(true);
  });
});

/** Telemetry of BullMQ as its own package for OpenTelemetry makes it, as far as spans go. */
function bullTelemetry(): Telemetry {
  const tracer = trace.getTracer('bullmq');
  return {
    tracer: {
      startSpan: (name, _options, parent) => {
        const span = tracer.startSpan(name, {}, parent as never);
        return {
          setSpanOnContext: (ctx: never) => trace.setSpan(ctx, span),
          setAttribute: () => undefined,
          setAttributes: () => undefined,
          addEvent: () => undefined,
          recordException: () => undefined,
          end: () => span.end(),
        } as never;
      },
    },
    contextManager: {
      with: (ctx: never, run: never) => context.with(ctx, run),
      active: () => context.active(),
      getMetadata: () => '{}',
      fromMetadata: (active: unknown) => active,
    } as never,
  };
}
