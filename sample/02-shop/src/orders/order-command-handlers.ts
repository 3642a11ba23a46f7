import { randomUUID } from 'node:crypto';
import { Command } from '@eventcore/nestjs-observability';
import { Injectable, NotFoundException, UnprocessableEntityException } from '@nestjs/common';
import type { OrderEvent, OrderPlaced } from '../events/shop-event.js';
import { findProduct, type Product } from '../inventory/catalogue.js';
import { Inventory } from '../inventory/inventory.js';
import { CancelOrder } from './cancel-order.js';
import { cancel, type ChangedOrder, type Order, pay, ship } from './order.js';
import { OrderStreams } from './order-streams.js';
import { PayOrder } from './pay-order.js';
import { PlaceOrder } from './place-order.js';
import { ShipOrder } from './ship-order.js';

/** Each command appends one event, and may be decided anew after a conflict. */
const observed = { events: () => 1, context: true };

@Injectable()
export class OrderCommandHandlers {
  constructor(
    private readonly orders: OrderStreams,
    private readonly inventory: Inventory,
  ) {}

  @Command(observed)
  async placeOrder(command: PlaceOrder): Promise<ChangedOrder> {
    const product = findProduct(command.sku);
    if (!product) throw new NotFoundException(`No product ${command.sku}`);
    const available = await this.inventory.available(command.sku);
    if (command.quantity > available) {
      throw new UnprocessableEntityException(`Out of stock: ${available} of ${command.sku} left`);
    }
    const placed = placedOrder(product, command.quantity);
    return this.orders.decide(placed.data.orderId, () => placed);
  }

  @Command(observed)
  payOrder(command: PayOrder): Promise<ChangedOrder> {
    return this.change(command.orderId, pay);
  }

  @Command(observed)
  shipOrder(command: ShipOrder): Promise<ChangedOrder> {
    return this.change(command.orderId, ship);
  }

  @Command(observed)
  cancelOrder(command: CancelOrder): Promise<ChangedOrder> {
    return this.change(command.orderId, cancel);
  }

  private change(orderId: string, decision: (order: Order) => OrderEvent): Promise<ChangedOrder> {
    return this.orders.decide(orderId, (order) => {
      if (!order) throw new NotFoundException(`No order ${orderId}`);
      return decision(order);
    });
  }
}

const placedOrder = ({ sku, unitPriceCents }: Product, quantity: number): OrderPlaced => ({
  type: 'OrderPlaced',
  data: { orderId: randomUUID(), sku, quantity, amountCents: quantity * unitPriceCents },
});
