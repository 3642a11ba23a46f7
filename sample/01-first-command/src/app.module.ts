import { Command, ObservabilityModule, Projection } from '@eventcore/nestjs-observability';
import { Body, ConflictException, Controller, Injectable, Module, Post } from '@nestjs/common';

export class PlaceOrder {
  constructor(
    readonly sku: string,
    readonly quantity: number,
  ) {}
}

@Injectable()
class Revenue {
  cents = 0;

  @Projection('revenue')
  orderPlaced(event: { quantity: number }): void {
    this.cents += event.quantity * 1490;
  }
}

@Injectable()
export class Orders {
  constructor(private readonly revenue: Revenue) {}

  @Command() // command_type="PlaceOrder"
  async place(order: PlaceOrder): Promise<{ revenueCents: number }> {
    if (!(order.quantity > 0)) throw new ConflictException('Order at least one'); // outcome="rejected"
    if (order.sku === 'lost') throw new Error('The warehouse does not answer'); // outcome="failure"
    this.revenue.orderPlaced(order);
    return { revenueCents: this.revenue.cents };
  }
}

@Controller('orders')
class OrdersController {
  constructor(private readonly orders: Orders) {}

  @Post()
  place(@Body() { sku, quantity }: { sku: string; quantity: number }) {
    return this.orders.place(new PlaceOrder(sku, quantity));
  }
}

@Module({
  imports: [ObservabilityModule.forRoot({ serviceName: 'first-command' })],
  controllers: [OrdersController],
  providers: [Orders, Revenue],
})
export class AppModule {}
