import { AsyncResource } from 'node:async_hooks';
import { ObservabilityService } from '@eventcore/nestjs-observability';
import { Injectable, Logger } from '@nestjs/common';
import type { Mail } from './mail.js';
import { MailQueue } from './mail-queue.js';
import { PostOffice } from './post-office.js';

const MAX_WAITING = 1_000;

/** Sends mails one after the other. They end with the process, and each is tried once. */
@Injectable()
export class InProcessMailQueue extends MailQueue {
  private readonly logger = new Logger(InProcessMailQueue.name);
  private readonly waiting: (() => Promise<void>)[] = [];
  private isSending = false;

  constructor(
    private readonly observability: ObservabilityService,
    private readonly post: PostOffice,
  ) {
    super();
  }

  async add(mail: Mail): Promise<void> {
    if (this.waiting.length >= MAX_WAITING) throw new Error('Too many mails wait');
    const job = this.observability.job(mail.kind, 'mail');
    // Each mail belongs to the request that ordered it, not to the one that found the queue empty.
    this.waiting.push(AsyncResource.bind(() => job.run(() => this.post.send(mail))));
    if (!this.isSending) void this.sendAll();
  }

  private async sendAll(): Promise<void> {
    this.isSending = true;
    for (let send = this.waiting.shift(); send; send = this.waiting.shift()) {
      try {
        await send();
      } catch (error) {
        this.logger.warn(`A mail is lost: ${String(error)}`);
      }
    }
    this.isSending = false;
  }
}
