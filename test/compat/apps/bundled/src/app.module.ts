import { Body, Controller, Inject, Module, Post } from '@nestjs/common';
import { CommandBus, CqrsModule } from '@nestjs/cqrs';
import { ObservabilityModule } from '@eventcore/nestjs-observability';
import { otlp } from '@eventcore/nestjs-observability/otlp';
import { Orders } from './orders.js';
import { PlaceOrder } from './place-order.js';
import { RefundOrder, RefundOrderHandler } from './refunds.js';
import { Sales } from './sales.js';
import { Sales as Wholesale } from './wholesale.js';

@Controller()
class AppController {
  constructor(
    @Inject(Orders) private readonly orders: Orders,
    @Inject(Sales) private readonly sales: Sales,
    @Inject(Wholesale) private readonly wholesale: Wholesale,
    @Inject(CommandBus) private readonly commands: CommandBus,
  ) {}

  @Post('orders')
  async place(@Body() { sku }: { sku: string }) {
    const placed = await this.orders.place(new PlaceOrder(sku));
    this.sales.on({});
    this.wholesale.on({});
    return placed;
  }

  @Post('refunds')
  refund() {
    return this.commands.execute(new RefundOrder());
  }
}

@Module({
  imports: [
    CqrsModule.forRoot(),
    ObservabilityModule.forRoot({
      serviceName: 'compat',
      exporters: [otlp({ endpoint: process.env['COLLECTOR'] ?? '' })],
    }),
  ],
  controllers: [AppController],
  providers: [Orders, Sales, Wholesale, RefundOrderHandler],
})
export class AppModule {}
