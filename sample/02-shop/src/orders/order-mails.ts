import { Injectable, Logger } from '@nestjs/common';
import type { Mail } from '../mail/mail.js';
import { MailQueue } from '../mail/mail-queue.js';

/** Tells customers about their orders. An order stands although its mail is lost, and waits for no mail. */
@Injectable()
export class OrderMails {
  private readonly logger = new Logger(OrderMails.name);

  constructor(private readonly queue: MailQueue) {}

  tell(orderId: string, kind: Mail['kind']): void {
    this.queue
      .add({ kind, orderId })
      .catch((error: unknown) => this.logger.warn(`No mail to a customer: ${String(error)}`));
  }
}
