import { Module, type DynamicModule } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { InProcessMailQueue } from './in-process-mail-queue.js';
import { MailQueue } from './mail-queue.js';
import { PostOffice } from './post-office.js';

@Module({
  imports: [DatabaseModule],
  providers: [PostOffice, { provide: MailQueue, useClass: InProcessMailQueue }],
  exports: [MailQueue],
})
class InProcessMailModule {}

/** Mails wait in Redis when there is one, and in this process otherwise. */
export async function mailModule(redisUrl: string | undefined): Promise<DynamicModule> {
  if (!redisUrl) return { module: InProcessMailModule };
  const { RedisMailModule } = await import('./redis-mail.module.js');
  return RedisMailModule.at(redisUrl);
}
