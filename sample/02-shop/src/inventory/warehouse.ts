import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationDrain } from '@eventcore/nestjs-observability';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { EventStore, isVersionConflict, NEW_STREAM } from '../events/event-store.js';
import { CATALOGUE, findProduct, type Product } from './catalogue.js';
import { Inventory } from './inventory.js';

const RESTOCK_INTERVAL_MS = 2_000;
const OPENING_POLL_INTERVAL_MS = 50;
const OPENING_POLLS = 200;

/** Opens the shop with full shelves and refills those that are half empty. */
@Injectable()
export class Warehouse implements OnApplicationBootstrap {
  private readonly logger = new Logger(Warehouse.name);
  private restocking: Promise<void> | undefined;

  constructor(
    private readonly events: EventStore,
    private readonly inventory: Inventory,
    private readonly drain: ApplicationDrain,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const product of CATALOGUE) await this.open(product);
    await this.untilLevelsAreKnown();
    const timer = setInterval(() => this.tick(), RESTOCK_INTERVAL_MS).unref();
    this.drain.signal.addEventListener('abort', () => clearInterval(timer));
  }

  private async open({ sku, stockTarget }: Product): Promise<void> {
    if (await this.events.exists(streamOf(sku))) return;
    try {
      await this.events.append(streamOf(sku), replenished(sku, stockTarget), NEW_STREAM);
    } catch (error) {
      // Another process that opens at this moment filled the shelf.
      if (!isVersionConflict(error)) throw error;
    }
  }

  private async untilLevelsAreKnown(): Promise<void> {
    for (let poll = 0; poll < OPENING_POLLS; poll++) {
      if ((await this.inventory.levels()).length >= CATALOGUE.length) return;
      await pause(OPENING_POLL_INTERVAL_MS);
    }
    this.logger.warn('The inventory is not known yet: orders are rejected until it is');
  }

  private tick(): void {
    this.restocking ??= this.restockHeld().finally(() => (this.restocking = undefined));
  }

  private async restockHeld(): Promise<void> {
    const release = this.drain.hold('restocking');
    try {
      await this.restock();
    } catch (error) {
      this.logger.warn(`Restocking failed: ${(error as Error).message}`);
    } finally {
      release();
    }
  }

  private async restock(): Promise<void> {
    for (const { sku, available } of await this.inventory.levels()) {
      const target = findProduct(sku)?.stockTarget ?? 0;
      if (available > target / 2) continue;
      const stream = streamOf(sku);
      const version = await this.events.version(stream);
      await this.events.append(stream, replenished(sku, target - available), version);
    }
  }
}

const streamOf = (sku: string) => `stock-${sku}`;

const replenished = (sku: string, quantity: number) =>
  ({ type: 'StockReplenished', data: { sku, quantity } }) as const;
