import type { OrderStatus } from '../orders/order.js';

const CAPACITY_PER_STATUS = 200;

/** The latest orders by status; older ones are forgotten. */
export class OrderBook {
  private readonly orders: Record<OrderStatus, string[]> = {
    placed: [],
    paid: [],
    shipped: [],
    cancelled: [],
  };

  add(status: OrderStatus, orderId: string): void {
    const ids = this.orders[status];
    ids.push(orderId);
    if (ids.length > CAPACITY_PER_STATUS) ids.shift();
  }

  peek(status: OrderStatus): string | undefined {
    const ids = this.orders[status];
    return ids[Math.floor(Math.random() * ids.length)];
  }

  take(status: OrderStatus): string | undefined {
    return this.orders[status].shift();
  }
}
