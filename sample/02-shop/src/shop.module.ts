import { ObservabilityModule } from '@eventcore/nestjs-observability';
import { Module, StandardSchemaValidationPipe } from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { DatabaseModule } from './database/database.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { UnavailableFilter } from './orders/unavailable.filter.js';
import { TrafficModule } from './traffic/traffic.module.js';

@Module({
  imports: [
    ObservabilityModule.forRoot({
      isGlobal: true,
      serviceName: 'shop',
      environment: process.env['NODE_ENV'] || 'development',
    }),
    DatabaseModule,
    OrdersModule,
    TrafficModule,
  ],
  providers: [
    { provide: APP_PIPE, useClass: StandardSchemaValidationPipe },
    { provide: APP_FILTER, useClass: UnavailableFilter },
  ],
})
export class ShopModule {}
