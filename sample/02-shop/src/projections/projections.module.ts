import { Module } from '@nestjs/common';
import { EventsModule } from '../events/events.module.js';
import { Checkpoints } from './checkpoints.js';
import { DailyRevenueProjection } from './daily-revenue.projection.js';
import { InventoryLevelsProjection } from './inventory-levels.projection.js';
import { OrderSummaryProjection } from './order-summary.projection.js';
import { PROJECTIONS, type Projection } from './projection.js';
import { ProjectionTablesModule } from './projection-tables.module.js';
import { ProjectionRunner } from './projection-runner.js';

const projections = [OrderSummaryProjection, DailyRevenueProjection, InventoryLevelsProjection];

@Module({
  imports: [EventsModule, ProjectionTablesModule],
  providers: [
    ...projections,
    {
      provide: PROJECTIONS,
      inject: projections,
      useFactory: (...instances: Projection[]) => instances,
    },
    Checkpoints,
    ProjectionRunner,
  ],
})
export class ProjectionsModule {}
