import type { Event } from '@event-driven-io/emmett';
import type { LogPosition } from './log-position.js';

export type OrderPlaced = Event<
  'OrderPlaced',
  { orderId: string; sku: string; quantity: number; amountCents: number }
>;
export type OrderPaid = Event<'OrderPaid', { orderId: string; amountCents: number }>;
export type OrderShipped = Event<'OrderShipped', { orderId: string }>;
export type OrderCancelled = Event<
  'OrderCancelled',
  { orderId: string; sku: string; quantity: number; refundCents: number }
>;
type StockReplenished = Event<'StockReplenished', { sku: string; quantity: number }>;

export type OrderEvent = OrderPlaced | OrderPaid | OrderShipped | OrderCancelled;
export type ShopEvent = OrderEvent | StockReplenished;
export type ShopEventType = ShopEvent['type'];

export type RecordedEvent = ShopEvent & {
  readonly at: LogPosition;
  readonly recordedAt: Date;
  readonly metadata: Readonly<Record<string, unknown>>;
};

/** When an event was recorded, for those who know nothing else of it. */
export const recordedAt = (event: unknown): Date => (event as RecordedEvent).recordedAt;
