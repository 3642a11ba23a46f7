import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { ShopSettings } from '../shop.settings.js';
import { ShopClient } from './shop-client.js';
import { Shopper } from './shopper.js';

const TICK_MS = 50;
const MAX_IN_FLIGHT = 64;
const QUERIES_PER_COMMAND = 0.3;

/** Drives the shop over HTTP; what it cannot keep up with is dropped, not queued. */
@Injectable()
export class TrafficGenerator implements OnModuleDestroy {
  private readonly logger = new Logger(TrafficGenerator.name);
  private readonly inFlight = new Set<Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private due = 0;

  constructor(private readonly settings: ShopSettings) {}

  start(url: string): void {
    if (this.settings.commandsPerSecond === 0) return;
    const shopper = new Shopper(new ShopClient(url));
    this.timer = setInterval(() => this.tick(shopper), TICK_MS).unref();
  }

  async onModuleDestroy(): Promise<void> {
    clearInterval(this.timer);
    await Promise.all(this.inFlight);
  }

  private tick(shopper: Shopper): void {
    this.due += (this.settings.commandsPerSecond * TICK_MS) / 1_000;
    for (; this.due >= 1; this.due--) {
      this.send(() => shopper.sendCommand());
      if (Math.random() < QUERIES_PER_COMMAND) this.send(() => shopper.look());
    }
  }

  private send(step: () => Promise<void>): void {
    if (this.inFlight.size >= MAX_IN_FLIGHT) return;
    const request = step()
      .catch((error: Error) => this.logger.warn(`Request failed: ${error.message}`))
      .finally(() => this.inFlight.delete(request));
    this.inFlight.add(request);
  }
}
