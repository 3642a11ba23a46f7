import { ObserveProjection } from '@eventcore/nestjs-observability';
import { Injectable } from '@nestjs/common';
import type { Sql } from '../database/database.js';
import { type RecordedEvent, recordedAt } from '../events/shop-event.js';
import { HeadReader } from './head-reader.js';
import type { Projection } from './projection.js';

const HANDLED = ['OrderPaid', 'OrderCancelled'] as const;

interface Booking {
  readonly paidOrders: number;
  readonly revenueCents: number;
  readonly refundedCents: number;
}

/** Money taken and given back, per UTC day of the event. */
@Injectable()
export class DailyRevenueProjection implements Projection {
  readonly name = 'daily_revenue';
  readonly handles = HANDLED;

  async reset(sql: Sql): Promise<void> {
    await sql.query('TRUNCATE daily_revenue');
  }

  @ObserveProjection({
    name: 'daily_revenue',
    eventTime: recordedAt,
    head: HeadReader,
    filter: { eventTypes: HANDLED },
  })
  async apply(event: RecordedEvent, sql: Sql): Promise<void> {
    const booking = toBooking(event);
    if (!booking) return;
    await sql.query(
      `INSERT INTO daily_revenue AS revenue (day, paid_orders, revenue_cents, refunded_cents)
       VALUES (($1::timestamptz AT TIME ZONE 'UTC')::date, $2, $3, $4)
       ON CONFLICT (day) DO UPDATE SET
         paid_orders    = revenue.paid_orders + excluded.paid_orders,
         revenue_cents  = revenue.revenue_cents + excluded.revenue_cents,
         refunded_cents = revenue.refunded_cents + excluded.refunded_cents`,
      [event.recordedAt, booking.paidOrders, booking.revenueCents, booking.refundedCents],
    );
  }
}

function toBooking(event: RecordedEvent): Booking | undefined {
  if (event.type === 'OrderPaid') {
    return { paidOrders: 1, revenueCents: event.data.amountCents, refundedCents: 0 };
  }
  if (event.type === 'OrderCancelled' && event.data.refundCents > 0) {
    return { paidOrders: 0, revenueCents: 0, refundedCents: event.data.refundCents };
  }
  return undefined;
}
