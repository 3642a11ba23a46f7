import { Module } from '@nestjs/common';
import { DatabaseModule } from '../database/database.module.js';
import { ReportsController } from './reports.controller.js';
import { ShopQueryHandlers } from './shop-query-handlers.js';

@Module({
  imports: [DatabaseModule],
  controllers: [ReportsController],
  providers: [ShopQueryHandlers],
  exports: [ShopQueryHandlers],
})
export class ReportsModule {}
