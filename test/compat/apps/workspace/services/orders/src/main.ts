import 'reflect-metadata';
import { Body, Controller, Get, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { PlaceOrder, Sales, SalesModule } from '@compat/sales';
import {
  Command,
  ObservabilityModule,
  ObservabilityService,
} from '@eventcore/nestjs-observability';

@Controller('orders')
class OrdersController {
  constructor(
    private readonly sales: Sales,
    private readonly observability: ObservabilityService,
  ) {}

  @Post()
  async place(@Body() { sku }: { sku: string }): Promise<{ observation: string }> {
    return { observation: await this.sales.place(new PlaceOrder(sku)) };
  }

  @Post('refunds')
  @Command('RefundOrder')
  refund(): { injected: boolean } {
    // Types of two copies of the library have nothing in common.
    const injected: unknown = this.sales.observability;
    return { injected: injected === this.observability };
  }

  @Get(':sku')
  count(@Param('sku') sku: string): { count: number } {
    return { count: this.sales.count(sku) };
  }
}

@Module({
  imports: [ObservabilityModule.forRoot({ serviceName: 'compat', isGlobal: true }), SalesModule],
  controllers: [OrdersController],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
app.enableShutdownHooks();
await app.listen(process.env['PORT'] ?? 0);
const { copies } = app.get(ObservabilityService).diagnose();
console.log(`copies ${copies.filter(({ shared }) => shared).length}`);
console.log(`listening on ${await app.getUrl()}`);
