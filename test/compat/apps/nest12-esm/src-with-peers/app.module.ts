import { ObservabilityModule } from '@eventcore/nestjs-observability';
import { Module } from '@nestjs/common';
import { makeCounterProvider, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { AppController } from './app.controller.js';
import { OrderTotals } from './order-totals.js';
import { Orders } from './orders.js';
import { ReadinessController } from './readiness.controller.js';
import { TerminusModule } from '@nestjs/terminus';
import { RefundsModule } from './refunds.module.js';

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
