import { ObservabilityModule } from '@eventcore/nestjs-observability';
import { Module } from '@nestjs/common';
import { AppController } from './app.controller';
import { OrderTotals } from './order-totals';
import { Orders } from './orders';

@Module({
  imports: [ObservabilityModule.forRoot({ serviceName: 'compat' })],
  controllers: [AppController],
  providers: [Orders, OrderTotals],
})
export class AppModule {}
