import { MetricsController } from '@eventcore/nestjs-observability/prometheus';
import { ManualClock } from '@eventcore/nestjs-observability/testing';
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import { Orders } from './orders.js';
import { PlaceOrder } from './place-order.js';

@Controller()
export class AppController {
  constructor(private readonly orders: Orders) {}

  @Post('orders')
  place(@Body() { sku }: PlaceOrder): Promise<string> {
    return this.orders.place(new PlaceOrder(sku));
  }

  @Get('orders/:sku/total')
  total(@Param('sku') sku: string): number {
    return this.orders.total(sku);
  }

  @Get('sub-paths')
  subPaths(): string[] {
    return [MetricsController.name, ManualClock.name];
  }
}
