import { ConflictException, UnprocessableEntityException } from '@nestjs/common';
import type { OrderCancelled, OrderEvent, OrderPaid, OrderShipped } from '../events/shop-event.js';

export type OrderStatus = 'placed' | 'paid' | 'shipped' | 'cancelled';

export interface Order {
  readonly id: string;
  readonly sku: string;
  readonly quantity: number;
  readonly amountCents: number;
  readonly status: OrderStatus;
}

export interface ChangedOrder extends Order {
  /** Of the event; the query `after` waits for it. */
  readonly position: string;
}

export function evolve(order: Order | undefined, event: OrderEvent): Order {
  if (event.type === 'OrderPlaced') {
    const { orderId, ...rest } = event.data;
    return { id: orderId, ...rest, status: 'placed' };
  }
  if (!order) throw new Error(`${event.type} without OrderPlaced in order ${event.data.orderId}`);
  return { ...order, status: statusAfter(event) };
}

export function pay(order: Order): OrderPaid {
  if (order.status === 'cancelled')
    throw new UnprocessableEntityException('The order is cancelled');
  if (order.status !== 'placed') throw new ConflictException('The order is already paid');
  return { type: 'OrderPaid', data: { orderId: order.id, amountCents: order.amountCents } };
}

export function ship(order: Order): OrderShipped {
  if (order.status === 'shipped') throw new ConflictException('The order is already shipped');
  if (order.status !== 'paid') throw new UnprocessableEntityException('The order is not paid');
  return { type: 'OrderShipped', data: { orderId: order.id } };
}

export function cancel(order: Order): OrderCancelled {
  if (order.status === 'shipped') throw new ConflictException('The order is already shipped');
  if (order.status === 'cancelled') throw new ConflictException('The order is already cancelled');
  const refundCents = order.status === 'paid' ? order.amountCents : 0;
  const { id: orderId, sku, quantity } = order;
  return { type: 'OrderCancelled', data: { orderId, sku, quantity, refundCents } };
}

function statusAfter(event: Exclude<OrderEvent, { type: 'OrderPlaced' }>): OrderStatus {
  switch (event.type) {
    case 'OrderPaid':
      return 'paid';
    case 'OrderShipped':
      return 'shipped';
    case 'OrderCancelled':
      return 'cancelled';
  }
}
