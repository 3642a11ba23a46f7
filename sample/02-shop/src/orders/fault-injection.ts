import { Injectable } from '@nestjs/common';
import { ShopSettings } from '../shop.settings.js';

/** Breaks a connection now and then, so that failures can be watched. */
@Injectable()
export class FaultInjection {
  constructor(private readonly settings: ShopSettings) {}

  strike(): void {
    if (Math.random() >= this.settings.faultRate) return;
    throw Object.assign(new Error('read ECONNRESET (injected by FAULT_RATE)'), {
      code: 'ECONNRESET',
    });
  }
}
