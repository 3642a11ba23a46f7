import { ObserveProjection } from '@eventcore/nestjs-observability';
import { Injectable } from '@nestjs/common';
import type { Sql } from '../database/database.js';
import { type RecordedEvent, recordedAt } from '../events/shop-event.js';
import { HeadReader } from './head-reader.js';
import type { Projection } from './projection.js';

const HANDLED = ['StockReplenished', 'OrderPlaced', 'OrderCancelled'] as const;

/** What can still be ordered of each product. */
@Injectable()
export class InventoryLevelsProjection implements Projection {
  readonly name = 'inventory_levels';
  readonly handles = HANDLED;

  async reset(sql: Sql): Promise<void> {
    await sql.query('TRUNCATE inventory_levels');
  }

  @ObserveProjection({
    name: 'inventory_levels',
    eventTime: recordedAt,
    head: HeadReader,
    filter: { eventTypes: HANDLED },
  })
  async apply(event: RecordedEvent, sql: Sql): Promise<void> {
    switch (event.type) {
      case 'OrderPlaced':
        return this.change(event.data.sku, -event.data.quantity, sql);
      case 'OrderCancelled':
      case 'StockReplenished':
        return this.change(event.data.sku, event.data.quantity, sql);
    }
  }

  private async change(sku: string, by: number, sql: Sql): Promise<void> {
    await sql.query(
      `INSERT INTO inventory_levels AS levels (sku, available) VALUES ($1, $2)
       ON CONFLICT (sku) DO UPDATE SET available = levels.available + excluded.available`,
      [sku, by],
    );
  }
}
