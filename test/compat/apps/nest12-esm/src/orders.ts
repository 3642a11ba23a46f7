import { Command, Query } from '@eventcore/nestjs-observability';
import { Injectable } from '@nestjs/common';
import { OrderTotals } from './order-totals.js';
import { PlaceOrder } from './place-order.js';

@Injectable()
export class Orders {
  constructor(private readonly totals: OrderTotals) {}

  @Command()
  async place(command: PlaceOrder): Promise<string> {
    await this.totals.on({ sku: command.sku });
    return `order of ${command.sku}`;
  }

  @Query('OrderTotal')
  total(sku: string): number {
    return this.totals.of(sku);
  }
}
