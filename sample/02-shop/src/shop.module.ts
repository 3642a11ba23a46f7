import {
  HealthIndicators,
  ObservabilityModule,
  type ObservabilityModuleExtras,
} from '@eventcore/nestjs-observability';
import { LivePage } from '@eventcore/nestjs-observability/live';
import {
  type DynamicModule,
  Module,
  StandardSchemaValidationPipe,
  type Type,
} from '@nestjs/common';
import { APP_FILTER, APP_PIPE } from '@nestjs/core';
import { ScheduleModule } from '@nestjs/schedule';
import { Database } from './database/database.js';
import { DatabaseModule } from './database/database.module.js';
import { OrdersModule } from './orders/orders.module.js';
import { UnavailableFilter } from './orders/unavailable.filter.js';
import { FollowedProjectionsModule } from './projections/followed-projections.module.js';
import { ProjectionsModule } from './projections/projections.module.js';
import { shopExporters } from './shop.exporters.js';
import { shopLogging } from './shop.logging.js';
import { shopPlugins } from './shop.observability.js';
import type { ShopRole } from './shop.settings.js';
import { TrafficModule } from './traffic/traffic.module.js';

const modulesOf: Readonly<Record<ShopRole, readonly Type[]>> = {
  all: [OrdersModule, ProjectionsModule, TrafficModule],
  api: [OrdersModule, FollowedProjectionsModule, TrafficModule],
  projector: [ProjectionsModule],
};

// A file cannot have functions: they are passed beside it.
const inCode: Pick<ObservabilityModuleExtras, 'health'> = {
  health: {
    checks: [
      {
        name: 'event_store',
        // Without its database this process serves nobody.
        groups: ['ready'],
        inject: [HealthIndicators, Database],
        check: (indicators: HealthIndicators, database: Database) =>
          indicators.eventStore('event_store', () => database.query('SELECT 1')),
      },
    ],
  },
};

/** Options from the file that `OBSERVABILITY_CONFIG_FILE` names, such as `observability.yaml`, or from here. */
const observability = process.env['OBSERVABILITY_CONFIG_FILE']
  ? ObservabilityModule.forFile(undefined, inCode)
  : ObservabilityModule.forRoot({
      ...inCode,
      ...shopExporters(process.env),
      isGlobal: true,
      serviceName: 'shop',
      environment: process.env['NODE_ENV'] || 'development',
      projections: { periodMs: Number(process.env['PROGRESS_PERIOD_MS'] || 5_000) },
      drain: {
        readinessDelayMs: Number(process.env['READINESS_DELAY_MS'] || 0),
        timeoutMs: Number(process.env['DRAIN_TIMEOUT_MS'] || 10_000),
      },
      plugins: [shopLogging(process.env), ...shopPlugins(process.env)],
      // Its only requests are those of its own customers.
      outbound: false,
      // Answers `npx observability why NAME` on this machine.
      diagnosis: {},
      tracing: { ageLimitMs: Number(process.env['TRACE_AGE_LIMIT_MS'] || 120_000) },
    });

/** The live page; null where no plugin serves it. */
export const SHOP_PAGE = Symbol('SHOP_PAGE');

@Module({
  imports: [observability, DatabaseModule, ScheduleModule.forRoot()],
  providers: [
    {
      provide: SHOP_PAGE,
      inject: [{ token: LivePage, optional: true }],
      useFactory: (page?: LivePage) => page ?? null,
    },
    { provide: APP_PIPE, useClass: StandardSchemaValidationPipe },
    { provide: APP_FILTER, useClass: UnavailableFilter },
  ],
})
export class ShopModule {
  static forRole(role: ShopRole): DynamicModule {
    return { module: ShopModule, imports: [...modulesOf[role]] };
  }
}
