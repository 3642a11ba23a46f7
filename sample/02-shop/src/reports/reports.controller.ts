import { Controller, Get } from '@nestjs/common';
import { GetRevenue } from './get-revenue.js';
import { ShopQueryHandlers, type DailyRevenue } from './shop-query-handlers.js';

const REPORTED_DAYS = 31;

@Controller('reports')
export class ReportsController {
  constructor(private readonly queries: ShopQueryHandlers) {}

  @Get('revenue')
  revenue(): Promise<DailyRevenue[]> {
    return this.queries.getRevenue(new GetRevenue(REPORTED_DAYS));
  }
}
