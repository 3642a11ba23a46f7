import { Body, Controller, Get, HttpCode, Param, ParseUUIDPipe, Post } from '@nestjs/common';
import { GetOrder } from '../reports/get-order.js';
import { ShopQueryHandlers, type OrderSummary } from '../reports/shop-query-handlers.js';
import { CancelOrder } from './cancel-order.js';
import { OrderCommandHandlers } from './order-command-handlers.js';
import type { Order } from './order.js';
import { PayOrder } from './pay-order.js';
import { PlaceOrder, PlaceOrderBody } from './place-order.js';
import { ShipOrder } from './ship-order.js';

@Controller('orders')
export class OrdersController {
  constructor(
    private readonly commands: OrderCommandHandlers,
    private readonly queries: ShopQueryHandlers,
  ) {}

  @Post()
  async place(@Body({ schema: PlaceOrderBody }) body: PlaceOrderBody): Promise<{ id: string }> {
    const { id } = await this.commands.placeOrder(new PlaceOrder(body.sku, body.quantity));
    return { id };
  }

  @Post(':id/pay')
  @HttpCode(200)
  pay(@Param('id', ParseUUIDPipe) id: string): Promise<Order> {
    return this.commands.payOrder(new PayOrder(id));
  }

  @Post(':id/ship')
  @HttpCode(200)
  ship(@Param('id', ParseUUIDPipe) id: string): Promise<Order> {
    return this.commands.shipOrder(new ShipOrder(id));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  cancel(@Param('id', ParseUUIDPipe) id: string): Promise<Order> {
    return this.commands.cancelOrder(new CancelOrder(id));
  }

  @Get(':id')
  get(@Param('id', ParseUUIDPipe) id: string): Promise<OrderSummary> {
    return this.queries.getOrder(new GetOrder(id));
  }
}
