import { setTimeout as pause } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { ShopSettings } from '../shop.settings.js';

/** Faults of the connection that appends events. */
export interface Faults {
  /** Share of appends whose connection breaks, 0 to 1. */
  readonly rate: number;
  /** Milliseconds that every append waits. */
  readonly delayMs: number;
}

/** Breaks or slows the connection of appends, so that failures can be watched. */
@Injectable()
export class FaultInjection {
  private faults: Faults;

  constructor({ faultRate }: ShopSettings) {
    this.faults = { rate: faultRate, delayMs: 0 };
  }

  change(faults: Faults): void {
    this.faults = faults;
  }

  async strike(): Promise<void> {
    const { rate, delayMs } = this.faults;
    if (delayMs > 0) await pause(delayMs);
    if (Math.random() >= rate) return;
    throw Object.assign(new Error('read ECONNRESET (injected)'), { code: 'ECONNRESET' });
  }
}
