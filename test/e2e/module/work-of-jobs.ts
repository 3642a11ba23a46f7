import { Injectable, Module } from '@nestjs/common';
import { Interval, ScheduleModule } from '@nestjs/schedule';
import { expect } from 'vitest';
import { ManualClock } from '../../../lib/testing/index.js';
import type { RunningApplication } from './running-application.js';

/** Clock of the work. */
export const clock = new ManualClock();

/** A queue as BullMQ shows it, whose first reading fails. */
function mailQueue() {
  const readings = ['no', 'yes'];
  return {
    name: 'mail',
    getJobCounts: async () => {
      if (readings.shift() === 'no') throw new Error('no connection');
      return { waiting: 3, active: 0 };
    },
    getJobs: async () => [{ timestamp: clock.wallMs() - 5_000, opts: {} }],
  };
}

/** Jobs of a schedule and of a queue. */
@Injectable()
export class Mail {
  async process(job: { readonly name: string }): Promise<void> {
    clock.advance(20);
    if (job.name === 'invoice') throw new Error('smtp');
  }

  @Interval('refresh', 3_600_000)
  async refresh(): Promise<void> {
    clock.advance(20);
  }
}
Reflect.defineMetadata('bullmq:processor_metadata', { name: 'mail' }, Mail);

/** The module of @nestjs/bullmq is recognised by its name. */
@Module({ providers: [{ provide: 'BullQueue_mail', useFactory: mailQueue }] })
class BullModule {}

/** Modules whose jobs are observed. */
export const jobModules = [ScheduleModule.forRoot(), BullModule];

/** Runs jobs that succeed, fail, are tried again and overlap. */
export async function runJobs({ app }: RunningApplication): Promise<void> {
  const mail = app.get(Mail);
  const job = { opts: { attempts: 2 }, timestamp: clock.wallMs() - 1_000, attemptsMade: 0 };
  await mail.process({ ...job, name: 'welcome' } as never);
  const invoice = { ...job, name: 'invoice' };
  for (const attemptsMade of [0, 1])
    await expect(
      mail.process({ ...invoice, attemptsMade, attemptsStarted: attemptsMade + 1 } as never),
    ).rejects.toThrow();
  await Promise.all([mail.refresh(), mail.refresh()]);
}
