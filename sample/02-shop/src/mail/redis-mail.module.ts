import { BullModule, InjectQueue, Processor, WorkerHost } from '@nestjs/bullmq';
import { Injectable, Module, type DynamicModule } from '@nestjs/common';
import type { Job, Queue } from 'bullmq';
import { DatabaseModule } from '../database/database.module.js';
import type { Mail } from './mail.js';
import { MailQueue } from './mail-queue.js';
import { PostOffice } from './post-office.js';

const QUEUE = 'mail';

/** Adds mails to a queue in Redis, which keeps them beyond the process. */
@Injectable()
class RedisMailQueue extends MailQueue {
  constructor(@InjectQueue(QUEUE) private readonly queue: Queue<Mail>) {
    super();
  }

  async add(mail: Mail): Promise<void> {
    await this.queue.add(mail.kind, mail);
  }
}

@Processor(QUEUE)
class MailProcessor extends WorkerHost {
  constructor(private readonly post: PostOffice) {
    super();
  }

  process(job: Job<Mail>): Promise<void> {
    return this.post.send(job.data);
  }
}

@Module({})
export class RedisMailModule {
  static at(url: string): DynamicModule {
    return {
      module: RedisMailModule,
      imports: [
        DatabaseModule,
        BullModule.forRoot({ connection: { url } }),
        BullModule.registerQueue({
          name: QUEUE,
          // A producer whose Redis is away is told at once.
          connection: { url, enableOfflineQueue: false },
          defaultJobOptions: {
            attempts: 3,
            backoff: { type: 'exponential', delay: 500 },
            removeOnComplete: 1_000,
            removeOnFail: 1_000,
          },
        }),
      ],
      providers: [PostOffice, MailProcessor, { provide: MailQueue, useClass: RedisMailQueue }],
      exports: [MailQueue],
    };
  }
}
