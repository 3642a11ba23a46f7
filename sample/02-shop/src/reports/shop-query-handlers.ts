import { Query } from '@eventcore/nestjs-observability';
import { Injectable, NotFoundException } from '@nestjs/common';
import { Database } from '../database/database.js';
import type { Order } from '../orders/order.js';
import { GetOrder } from './get-order.js';
import { GetRevenue } from './get-revenue.js';

export interface OrderSummary extends Order {
  readonly updatedAt: Date;
}

export interface DailyRevenue {
  readonly day: string;
  readonly paidOrders: number;
  readonly revenueCents: number;
  readonly refundedCents: number;
}

/** Answers from the projections, which follow the commands within a moment. */
@Injectable()
export class ShopQueryHandlers {
  constructor(private readonly database: Database) {}

  @Query()
  async getOrder(query: GetOrder): Promise<OrderSummary> {
    const [order] = await this.database.query<OrderSummary>(
      `SELECT id, sku, quantity, amount_cents::float8 AS "amountCents", status,
              updated_at AS "updatedAt"
         FROM order_summary WHERE id = $1`,
      [query.orderId],
    );
    if (!order) throw new NotFoundException(`No order ${query.orderId}`);
    return order;
  }

  @Query()
  getRevenue(query: GetRevenue): Promise<DailyRevenue[]> {
    return this.database.query<DailyRevenue & Record<string, unknown>>(
      `SELECT day::text, paid_orders AS "paidOrders", revenue_cents::float8 AS "revenueCents",
              refunded_cents::float8 AS "refundedCents"
         FROM daily_revenue ORDER BY day DESC LIMIT $1`,
      [query.days],
    );
  }
}
