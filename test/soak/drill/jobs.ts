import { BullModule, getQueueToken, Processor, WorkerHost } from '@nestjs/bullmq';
import { Injectable } from '@nestjs/common';
import { Cron, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import type { Job, Queue } from 'bullmq';
import { RunningApplication } from '../../e2e/module/running-application.js';
import { SharedBrokers } from '../../e2e/tracing-context/running-broker.js';
import {
  type DrilledApplication,
  hostOf,
  observability,
  repeat,
  type RunningDrill,
} from './drilled-application.js';

const ADDED_EVERY_MS = 200;
/** Jobs that are added at once while no worker runs: above the limit within a second. */
const FLOOD = 40;

@Processor('mail', { concurrency: 50 })
@Injectable()
class Mail extends WorkerHost {
  isRefused = false;

  override async process(_job: Job): Promise<void> {
    if (this.isRefused) throw new Error('smtp');
  }
}

@Processor('invoices', { concurrency: 50 })
@Injectable()
class Invoices extends WorkerHost {
  override async process(_job: Job): Promise<void> {}
}

@Injectable()
class Nightly {
  @Cron('*/3 * * * * *', { name: 'nightly' })
  async run(): Promise<void> {}
}

async function start(): Promise<RunningDrill> {
  const brokers = new SharedBrokers();
  const { port } = await brokers.get('redis');
  const application = await RunningApplication.start({
    imports: [
      observability({ jobs: { periodMs: 500 } }),
      ScheduleModule.forRoot(),
      BullModule.forRoot({ connection: { host: '127.0.0.1', port } }),
      BullModule.registerQueue({ name: 'mail' }, { name: 'invoices' }),
    ],
    providers: [Mail, Invoices, Nightly],
  });
  const { app } = application;
  const [mails, invoices] = ['mail', 'invoices'].map((it) => app.get<Queue>(getQueueToken(it)));
  const { worker } = app.get(Invoices);
  for (const it of [mails, invoices]) it?.on('error', () => undefined);
  for (const it of [worker, app.get(Mail).worker]) it.on('error', () => undefined);
  const cron = () => app.get(SchedulerRegistry).getCronJob('nightly');
  let added = 1;
  let sent = 1;
  const jobs = (count: number, name: string) =>
    Array.from({ length: count }, () => ({ name, data: {}, opts: { removeOnComplete: true } }));
  const ends = [
    repeat(ADDED_EVERY_MS, () => mails?.addBulk(jobs(sent, 'welcome'))),
    repeat(ADDED_EVERY_MS, () => invoices?.addBulk(jobs(added, 'invoice'))),
  ];
  return {
    targets: [hostOf(application.url)],
    steps: [
      [
        {
          alerts: ['JobNotRun'],
          breaks: () => void cron().stop(),
          mends: () => cron().start(),
        },
        {
          alerts: ['JobFailing'],
          breaks: () => (app.get(Mail).isRefused = true),
          mends: () => {
            app.get(Mail).isRefused = false;
            // The window of the rule is longer than the drill: successes outnumber the failures.
            sent = FLOOD;
          },
        },
        {
          alerts: ['QueueGrowing', 'OldestJobTooOld'],
          breaks: async () => {
            await worker.pause();
            added = FLOOD;
          },
          mends: () => {
            added = 1;
            worker.resume();
          },
        },
      ],
    ],
    stop: async () => {
      for (const end of ends) end();
      await application.close();
      await brokers.stop();
    },
  };
}

/** Queues of BullMQ on Redis, and a job on a schedule. */
export const jobsDrill: DrilledApplication = {
  job: 'jobs',
  alerts: ['JobNotRun', 'JobFailing', 'QueueGrowing', 'OldestJobTooOld'],
  start,
};
