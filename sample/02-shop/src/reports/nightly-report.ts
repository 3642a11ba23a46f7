import { Injectable, Logger } from '@nestjs/common';
import { Cron } from '@nestjs/schedule';
import { Database } from '../database/database.js';
import { ProjectorLease } from '../projections/projector-lease.js';

export interface NightlyReport {
  readonly paidOrders: number;
  readonly revenueCents: number;
}

/** Sums up yesterday and today so far, every night, in the process that runs the projections. */
@Injectable()
export class NightlyReports {
  private readonly logger = new Logger(NightlyReports.name);

  constructor(
    private readonly database: Database,
    private readonly lease: ProjectorLease,
  ) {}

  @Cron('0 2 * * *', { name: 'nightly_report', timeZone: 'UTC' })
  async nightly(): Promise<NightlyReport | undefined> {
    if (!this.lease.isHeld) return undefined;
    const [report] = await this.database.query<NightlyReport & Record<string, unknown>>(
      `SELECT coalesce(sum(paid_orders), 0)::float8 AS "paidOrders",
              coalesce(sum(revenue_cents), 0)::float8 AS "revenueCents"
         FROM daily_revenue WHERE day >= current_date - 1`,
    );
    this.logger.log(`${report?.paidOrders} orders, ${report?.revenueCents} cents since yesterday`);
    return report;
  }
}
