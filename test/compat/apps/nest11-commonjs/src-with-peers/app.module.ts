import { ObservabilityModule } from '@eventcore/nestjs-observability';
import { Module } from '@nestjs/common';
import { makeCounterProvider, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { AppController } from './app.controller';
import { OrderTotals } from './order-totals';
import { Orders } from './orders';
import { ReadinessController } from './readiness.controller';
import { TerminusModule } from '@nestjs/terminus';
import { RefundsModule } from './refunds.module';

@Module({
  imports: [
    ObservabilityModule.forRoot({ serviceName: 'compat', drain: { readinessDelayMs: 1_000 } }),
    PrometheusModule.register(),
    TerminusModule,
    RefundsModule,
  ],
  controllers: [AppController, ReadinessController],
  providers: [
    Orders,
    OrderTotals,
    makeCounterProvider({ name: 'shop_probes_total', help: 'Readiness probes answered.' }),
  ],
})
export class AppModule {}
