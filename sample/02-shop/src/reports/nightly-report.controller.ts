import { ConflictException, Controller, HttpCode, Post } from '@nestjs/common';
import { type NightlyReport, NightlyReports } from './nightly-report.js';

@Controller('reports/nightly')
export class NightlyReportController {
  constructor(private readonly reports: NightlyReports) {}

  /** Runs the nightly job now. */
  @Post()
  @HttpCode(200)
  async run(): Promise<NightlyReport> {
    const report = await this.reports.nightly();
    if (!report) throw new ConflictException('Another process runs the projections');
    return report;
  }
}
