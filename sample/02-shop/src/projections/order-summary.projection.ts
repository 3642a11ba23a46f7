import { ObserveProjection } from '@eventcore/nestjs-observability';
import { Injectable } from '@nestjs/common';
import type { Sql } from '../database/database.js';
import { type OrderPlaced, type RecordedEvent, recordedAt } from '../events/shop-event.js';
import type { OrderStatus } from '../orders/order.js';
import { HeadReader } from './head-reader.js';
import type { Projection } from './projection.js';

const HANDLED = ['OrderPlaced', 'OrderPaid', 'OrderShipped', 'OrderCancelled'] as const;

@Injectable()
export class OrderSummaryProjection implements Projection {
  readonly name = 'order_summary';
  readonly handles = HANDLED;

  async reset(sql: Sql): Promise<void> {
    await sql.query('TRUNCATE order_summary');
  }

  @ObserveProjection({
    name: 'order_summary',
    eventTime: recordedAt,
    head: HeadReader,
    filter: { eventTypes: HANDLED },
  })
  async apply(event: RecordedEvent, sql: Sql): Promise<void> {
    switch (event.type) {
      case 'OrderPlaced':
        return this.insert(event.data, event.recordedAt, sql);
      case 'OrderPaid':
        return this.mark(event, 'paid', sql);
      case 'OrderShipped':
        return this.mark(event, 'shipped', sql);
      case 'OrderCancelled':
        return this.mark(event, 'cancelled', sql);
    }
  }

  private async insert(order: OrderPlaced['data'], at: Date, sql: Sql): Promise<void> {
    await sql.query(
      `INSERT INTO order_summary (id, sku, quantity, amount_cents, status, updated_at)
       VALUES ($1, $2, $3, $4, 'placed', $5)
       ON CONFLICT (id) DO NOTHING`,
      [order.orderId, order.sku, order.quantity, order.amountCents, at],
    );
  }

  private async mark(
    event: { data: { orderId: string }; recordedAt: Date },
    status: OrderStatus,
    sql: Sql,
  ): Promise<void> {
    await sql.query('UPDATE order_summary SET status = $2, updated_at = $3 WHERE id = $1', [
      event.data.orderId,
      status,
      event.recordedAt,
    ]);
  }
}
