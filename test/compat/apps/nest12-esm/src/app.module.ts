import { ObservabilityModule } from '@eventcore/nestjs-observability';
import { Module } from '@nestjs/common';
import { AppController } from './app.controller.js';
import { OrderTotals } from './order-totals.js';
import { Orders } from './orders.js';

@Module({
  imports: [ObservabilityModule.forRoot({ serviceName: 'compat' })],
  controllers: [AppController],
  providers: [Orders, OrderTotals],
})
export class AppModule {}
