import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ShopSettings } from '../shop.settings.js';
import type { Mail } from './mail.js';

const MAX_DELAY_MS = 25;

/** Stands in for a mail server, which is busy now and then. */
@Injectable()
export class PostOffice {
  constructor(private readonly settings: ShopSettings) {}

  async send(mail: Mail): Promise<void> {
    await pause(Math.random() * MAX_DELAY_MS);
    if (Math.random() >= this.settings.faultRate) return;
    throw new Error(`450 The mailbox is busy: ${mail.kind} (injected)`);
  }
}
