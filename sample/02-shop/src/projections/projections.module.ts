import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { EventsModule } from '../events/events.module.js';
import { NightlyReports } from '../reports/nightly-report.js';
import { NightlyReportController } from '../reports/nightly-report.controller.js';
import { DailyRevenueProjection } from './daily-revenue.projection.js';
import { HeadReader } from './head-reader.js';
import { HeadReaderAdminController } from './head-reader-admin.controller.js';
import { InventoryLevelsProjection } from './inventory-levels.projection.js';
import { OrderSummaryProjection } from './order-summary.projection.js';
import { PROJECTIONS, type Projection } from './projection.js';
import { ProjectionTablesModule } from './projection-tables.module.js';
import { ProjectionRunner } from './projection-runner.js';
import { ProjectionsAdminController } from './projections-admin.controller.js';
import { ProjectorLease } from './projector-lease.js';

const projections = [OrderSummaryProjection, DailyRevenueProjection, InventoryLevelsProjection];

@Module({
  imports: [DatabaseModule, EventsModule, ProjectionTablesModule],
  controllers: [ProjectionsAdminController, HeadReaderAdminController, NightlyReportController],
  providers: [
    ...projections,
    {
      provide: PROJECTIONS,
      inject: projections,
      useFactory: (...instances: Projection[]) => instances,
    },
    HeadReader,
    ProjectorLease,
    ProjectionRunner,
    NightlyReports,
  ],
})
export class ProjectionsModule {}
