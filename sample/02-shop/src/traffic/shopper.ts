import { randomUUID } from 'node:crypto';
import { CATALOGUE } from '../inventory/catalogue.js';
import type { OrderStatus } from '../orders/order.js';
import { OrderBook } from './order-book.js';
import type { Change, ShopClient } from './shop-client.js';

/** Takes one random step of a customer's or a clerk's day, mistakes included. */
export class Shopper {
  private readonly book = new OrderBook();

  /** How often each command is sent, out of 100. */
  private readonly commands: readonly (readonly [weight: number, step: () => Promise<void>])[] = [
    [38, () => this.place(1 + Math.floor(Math.random() * 4))],
    [27, () => this.move('placed', 'pay')],
    [18, () => this.move('paid', 'ship')],
    [4, () => this.move('placed', 'cancel')],
    [2, () => this.move('paid', 'cancel')],
    [3, () => this.payTwiceAtOnce()],
    [2, () => this.place(5_000)],
    [2, () => this.mistake('paid', 'pay')],
    [2, () => this.mistake('placed', 'ship')],
    [1, () => this.mistake('shipped', 'cancel')],
    [1, () => this.unknownOrder()],
  ];

  constructor(private readonly shop: ShopClient) {}

  sendCommand(): Promise<void> {
    let draw = Math.random() * 100;
    const chosen = this.commands.find(([weight]) => (draw -= weight) < 0);
    return chosen ? chosen[1]() : Promise.resolve();
  }

  async look(): Promise<void> {
    const orderId = this.book.peek('paid');
    const path = orderId && Math.random() < 0.8 ? `/orders/${orderId}` : '/reports/revenue';
    await this.shop.look(path);
  }

  private async place(quantity: number): Promise<void> {
    // The square favours the front of the catalogue.
    const product = CATALOGUE[Math.floor(Math.random() ** 2 * CATALOGUE.length)];
    const orderId = product && (await this.shop.place(product.sku, quantity));
    if (orderId) this.book.add('placed', orderId);
  }

  private async move(from: OrderStatus, change: Change): Promise<void> {
    const orderId = this.book.take(from);
    if (!orderId) return this.place(1);
    if (await this.shop.change(orderId, change)) this.book.add(AFTER[change], orderId);
  }

  private async payTwiceAtOnce(): Promise<void> {
    const orderId = this.book.take('placed');
    if (!orderId) return this.place(1);
    const clicks = [this.shop.change(orderId, 'pay'), this.shop.change(orderId, 'pay')];
    if ((await Promise.all(clicks)).includes(true)) this.book.add('paid', orderId);
  }

  private async mistake(status: OrderStatus, change: Change): Promise<void> {
    const orderId = this.book.peek(status);
    if (!orderId) return this.place(1);
    await this.shop.change(orderId, change);
  }

  private async unknownOrder(): Promise<void> {
    await this.shop.change(randomUUID(), 'pay');
  }
}

const AFTER: Record<Change, OrderStatus> = { pay: 'paid', ship: 'shipped', cancel: 'cancelled' };
