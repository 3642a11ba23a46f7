import { Body, ConflictException, Controller, Get, Injectable, Param, Post } from '@nestjs/common';
import { Command, Query } from '@eventcore/nestjs-observability';

export class PlaceOrder {
  sku!: string;
}

@Injectable()
export class Orders {
  readonly #placed = new Map<string, number>();

  @Command()
  async place(order: PlaceOrder): Promise<number> {
    if (order.sku === 'sold-out') throw new ConflictException('sold out');
    const count = (this.#placed.get(order.sku) ?? 0) + 1;
    this.#placed.set(order.sku, count);
    return count;
  }

  @Query('OrderCount')
  count(sku: string): number {
    return this.#placed.get(sku) ?? 0;
  }
}

@Controller('orders')
export class OrdersController {
  constructor(private readonly orders: Orders) {}

  @Post()
  async place(@Body() order: PlaceOrder): Promise<{ placed: number }> {
    return { placed: await this.orders.place(order) };
  }

  @Get(':sku')
  count(@Param('sku') sku: string): { count: number } {
    return { count: this.orders.count(sku) };
  }
}

export const shop = { controllers: [OrdersController], providers: [Orders] };

/** Three commands, one of them rejected, two queries and a path that nobody serves. */
export const LOAD = [
  'POST /orders {"sku":"hat"}',
  'POST /orders {"sku":"hat"}',
  'POST /orders {"sku":"sold-out"}',
  'GET /orders/hat',
  'GET /orders/none',
  'GET /nowhere',
];
