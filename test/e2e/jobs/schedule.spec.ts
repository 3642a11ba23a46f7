import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Inject, Injectable, Module, type OnModuleInit } from '@nestjs/common';
import { Cron, Interval, ScheduleModule, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ApplicationDrain,
  Command,
  currentObservation,
  ObservabilityModule,
  type ObservabilityOptions,
  ObserveJob,
} from '../../../lib/index.js';
import { logging } from '../../../lib/logging/index.js';
import { recordingSink } from '../../../lib/testing/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RecordingSdk } from '../../unit/tracing/span/traced-application.js';
import { poll } from '../../system/poll.js';
import { RunningApplication } from '../module/running-application.js';

// The package that @nestjs/schedule brings.
const { CronJob } = createRequire(import.meta.resolve('@nestjs/schedule'))('cron') as {
  CronJob: new (
    cronTime: string,
    onTick: () => unknown,
  ) => ReturnType<SchedulerRegistry['getCronJob']>;
};

const HOUR = 3_600_000;
const NEVER = '0 0 2 29 2 *';

@Injectable()
class Reports implements OnModuleInit {
  release: () => void = () => undefined;
  readonly #registry: SchedulerRegistry;

  constructor(@Inject(SchedulerRegistry) registry: SchedulerRegistry) {
    this.#registry = registry;
  }

  onModuleInit(): void {
    const onTick = async () => {
      throw new TypeError('no catalogue');
    };
    this.#registry.addCronJob('added', new CronJob(NEVER, onTick));
  }

  @Cron('0 2 * * 1-5', { name: 'nightly' })
  async nightly(): Promise<void> {
    await new Promise<void>((resolve) => (this.release = resolve));
  }

  @Cron(NEVER)
  broken(): void {
    throw new RangeError('no data');
  }

  @Interval('refresh', HOUR)
  async refresh(): Promise<number> {
    return 7;
  }

  @Timeout(HOUR)
  once(): void {}

  @Command('Import')
  @Interval(HOUR)
  async imported(): Promise<void> {}

  @ObserveJob({ name: 'reindex', queue: 'pg-boss', context: true })
  async reindex(): Promise<void> {
    currentObservation()?.retry(new Error('busy'));
  }
}

/** Jobs that run all the time, and one that takes long. */
@Injectable()
class Ticks {
  ticks = 0;
  heartbeats = 0;
  release: () => void = () => undefined;

  @Interval('tick', 2)
  tick(): void {
    this.ticks++;
  }

  @Interval('heartbeat', 2)
  heartbeat(): void {
    this.heartbeats++;
  }

  @Timeout('import', 0)
  async import(): Promise<void> {
    await new Promise<void>((resolve) => (this.release = resolve));
  }

  @Timeout('later', HOUR)
  later(): void {}

  @Cron(NEVER, { name: 'rare' })
  rare(): void {}
}

/** A job of another module, whose class and method have the same names. */
function otherReports() {
  @Injectable()
  class Reports {
    @Interval(HOUR)
    async refresh(): Promise<void> {}
    @Timeout(HOUR)
    once(): void {}
  }
  return Reports;
}

const running: { close(): unknown }[] = [];

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
});

async function start(options: ObservabilityOptions = {}) {
  const sink = recordingSink();
  const plugins = [logging({ level: 'info', sinks: [sink] })];
  @Module({ providers: [otherReports()] })
  class OtherModule {}
  const application = await RunningApplication.start({
    imports: [
      ObservabilityModule.forRoot({ ...options, plugins }),
      ScheduleModule.forRoot(),
      OtherModule,
    ],
    providers: [Reports],
  });
  running.push(application);
  const registry = application.app.get(SchedulerRegistry);
  const tick = (name: string) => registry.getCronJob(name).fireOnTick() as unknown as Promise<void>;
  const page = async () => (await application.get('/metrics')).text;
  return { application, reports: application.app.get(Reports), registry, tick, page, sink };
}

const job = (name: string) => ({ queue: 'schedule', job: name });

describe('jobs of @nestjs/schedule', () => {
  it('A cron job whose error Nest swallows is counted as failed, with its error type', async () => {
    const { registry, page } = await start();
    const name = [...registry.getCronJobs().keys()].find((it) => /^[\da-f-]{36}$/.test(it)) ?? '';
    await (registry.getCronJob(name).fireOnTick() as unknown as Promise<void>);
    const text = await page();
    const broken = job('Reports.broken');
    expect(sampleOf(text, 'eventcore_jobs_total', broken)).toBe(1);
    expect(sampleOf(text, 'eventcore_job_errors_total', broken)).toBe(1);
    expect(sampleOf(text, 'eventcore_job_exhausted_total', broken)).toBe(1);
    expect(sampleOf(text, 'eventcore_jobs_succeeded_total', broken)).toBe(0);
    expect(
      sampleOf(text, 'eventcore_errors_total', {
        ...{ source: 'job', error_type: 'RangeError', category: 'permanent' },
      }),
    ).toBe(1);
    expect(sampleOf(text, 'eventcore_job_last_success_timestamp_seconds', broken)).toBeUndefined();
  });

  it('A run that begins before the previous one has ended is an overlap', async () => {
    const { tick, reports, page } = await start();
    void tick('nightly');
    const first = reports.release;
    void tick('nightly');
    const during = await page();
    expect(sampleOf(during, 'eventcore_jobs_concurrent', job('nightly'))).toBe(2);
    expect(sampleOf(during, 'eventcore_job_overlaps_total', job('nightly'))).toBe(1);
    first();
    reports.release();
    const beganMs = Date.now();
    await poll(
      async () =>
        sampleOf(await page(), 'eventcore_jobs_succeeded_total', job('nightly')) === 2 || undefined,
      { what: 'two runs', timeoutMs: 5_000 },
    );
    const name = 'eventcore_job_last_success_timestamp_seconds';
    const lastSuccess = sampleOf(await page(), name, job('nightly')) ?? 0;
    expect(Math.abs(lastSuccess - beganMs / 1_000)).toBeLessThan(10);
    expect(sampleOf(await page(), 'eventcore_job_overlaps_total', job('refresh'))).toBe(0);
  });

  it('The period of a cron job is its longest pause, and the next run is in the future', async () => {
    const { registry, page } = await start();
    const period = 'eventcore_job_period_seconds';
    const text = await poll(
      async () => {
        const it = await page();
        return sampleOf(it, period, job('nightly')) === undefined ? undefined : it;
      },
      { what: 'a period', timeoutMs: 10_000 },
    );
    // Friday to Monday, give or take the change to summer time.
    expect(sampleOf(text, period, job('nightly'))).toBeCloseTo(3 * 86_400, -4);
    // A change to summer time moves it by an hour.
    expect((sampleOf(text, period, job('nightly')) ?? 1) % 3_600).toBe(0);
    expect(sampleOf(text, period, job('refresh'))).toBe(3_600);
    expect(sampleOf(text, period, job('Reports.once'))).toBeUndefined();
    const next = (name: string, from: string) =>
      sampleOf(from, 'eventcore_job_next_run_timestamp_seconds', job(name));
    expect(next('nightly', text)).toBe(registry.getCronJob('nightly').nextDate().toSeconds());
    expect(next('refresh', text)).toBeGreaterThan(Date.now() / 1_000);
    registry.deleteCronJob('nightly');
    registry.deleteInterval('refresh');
    const after = await page();
    expect(next('nightly', after)).toBeUndefined();
    expect(next('refresh', after)).toBeUndefined();
    expect(sampleOf(after, period, job('nightly'))).toBeUndefined();
  });

  it('A cron job that the application adds to the registry is observed under its name', async () => {
    const { registry, tick, page } = await start();
    await tick('added');
    const onTick = () => undefined;
    registry.addCronJob('late', new CronJob(NEVER, onTick));
    await tick('late');
    const text = await page();
    expect(sampleOf(text, 'eventcore_job_errors_total', job('added'))).toBe(1);
    expect(sampleOf(text, 'eventcore_jobs_succeeded_total', job('late'))).toBe(1);
    // The job was not started, so it has no next run.
    expect(sampleOf(text, 'eventcore_job_next_run_timestamp_seconds', job('late'))).toBeUndefined();
  });

  it('A decorator of the library decides what a scheduled method is', async () => {
    const { reports, page } = await start();
    await reports.imported();
    await reports.reindex();
    const text = await page();
    expect(sampleOf(text, 'eventcore_commands_total', { command_type: 'Import' })).toBe(1);
    expect(sampleOf(text, 'eventcore_jobs_total', job('Reports.imported'))).toBeUndefined();
    const reindex = { queue: 'pg-boss', job: 'reindex' };
    expect(sampleOf(text, 'eventcore_jobs_total', reindex)).toBe(1);
    expect(sampleOf(text, 'eventcore_job_retries_total', { ...reindex, error_type: 'Error' })).toBe(
      1,
    );
    expect(sampleOf(text, 'eventcore_job_overlaps_total', reindex)).toBeUndefined();
  });

  it('A job by hand returns the result of its work, and passes its error on', async () => {
    const { application, page } = await start();
    const { service } = application;
    expect(await service.job('import').run(async () => 41)).toBe(41);
    const failure = new Error('no file');
    await expect(service.job('import').run(() => Promise.reject(failure))).rejects.toBe(failure);
    expect(() =>
      service.job('import').run(() => {
        throw failure;
      }),
    ).toThrow(failure);
    for (let i = 0; i < 1_000; i++) service.job(`import ${i}`, 'scripts').run(() => i);
    const text = await page();
    expect(sampleOf(text, 'eventcore_jobs_total', job('import'))).toBe(3);
    expect(sampleOf(text, 'eventcore_job_errors_total', job('import'))).toBe(2);
    expect(text.match(/^eventcore_jobs_total\{queue="scripts"/gm)).toHaveLength(100);
    expect(sampleOf(text, 'eventcore_jobs_total', { queue: 'scripts', job: '__other__' })).toBe(
      1_000 - 99,
    );
  });

  it('Spans and log lines have the name and the end of the job', async () => {
    const sdk = new RecordingSdk();
    running.push(sdk);
    const { application, tick, sink } = await start();
    await tick('added');
    await application.service.job('import').run(async () => 41);
    expect(sdk.span('job schedule added').attributes).toMatchObject({
      'job.queue': 'schedule',
      'job.name': 'added',
      'job.outcome': 'failure',
      'error.type': 'TypeError',
    });
    const { spanId } = sdk.span('job schedule import').spanContext();
    const lines = sink.lines.filter((it) => it.target === 'eventcore::job');
    expect(lines).toMatchObject([
      { level: 'error', message: 'Job failed', fields: { job: 'added', queue: 'schedule' } },
      { level: 'info', message: 'Job completed', fields: { job: 'import' }, spanId },
    ]);
  });

  it('Jobs are excluded and renamed by the option jobs', async () => {
    const names = { 'Reports.broken': 'broken_report', late: 'renamed' };
    const { registry, tick, page } = await start({
      jobs: { exclude: ['nightly', 'added'], names },
    });
    registry.addCronJob('late', new CronJob(NEVER, () => undefined));
    for (const it of ['late', 'added']) await tick(it);
    const text = await page();
    expect(sampleOf(text, 'eventcore_jobs_total', job('broken_report'))).toBe(0);
    expect(sampleOf(text, 'eventcore_jobs_total', job('renamed'))).toBe(1);
    for (const it of ['nightly', 'added', 'late'])
      expect(sampleOf(text, 'eventcore_jobs_total', job(it))).toBeUndefined();
  });

  it('With jobs: false nothing is found, and decorated jobs remain', async () => {
    const { tick, reports, page } = await start({ jobs: false });
    await tick('added');
    await reports.reindex();
    const text = await page();
    expect(text.match(/^eventcore_jobs_total\{.*$/gm)).toHaveLength(1);
  });

  it('Two applications in one process count their own jobs', async () => {
    const first = await start();
    const second = await start();
    await first.reports.refresh();
    await second.reports.refresh();
    await second.reports.refresh();
    const count = async ({ page }: typeof first) =>
      sampleOf(await page(), 'eventcore_jobs_total', job('refresh'));
    expect([await count(first), await count(second)]).toEqual([1, 2]);
  });

  it('From the drain on no job begins but those that are excluded, and the one under way ends', async () => {
    const application = await RunningApplication.start({
      imports: [
        ObservabilityModule.forRoot({ jobs: { exclude: ['heartbeat'] } }),
        ScheduleModule.forRoot(),
      ],
      providers: [Ticks],
    });
    const jobs = application.app.get(Ticks);
    const registry = application.app.get(SchedulerRegistry);
    const passed = (ticks: number) =>
      poll(async () => jobs.heartbeats > ticks || undefined, { what: 'time', timeoutMs: 5_000 });
    await passed(1);
    const draining = once(application.app.get(ApplicationDrain).signal, 'abort');
    const closed = application.close();
    await draining;
    const { ticks, heartbeats } = jobs;
    expect(ticks).toBeGreaterThan(0);
    await passed(heartbeats + 3);
    expect(jobs.ticks).toBe(ticks);
    const left = [registry.getCronJobs().size, registry.getIntervals(), registry.getTimeouts()];
    expect(left).toEqual([0, ['heartbeat'], []]);
    const page = await application.service.gather();
    expect(sampleOf(page, 'eventcore_jobs_concurrent', job('import'))).toBe(1);
    jobs.release();
    await closed;
    expect(registry.getIntervals()).toEqual([]);
  });
});
