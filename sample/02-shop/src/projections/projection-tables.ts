import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Database } from '../database/database.js';

const TABLES = [
  `CREATE TABLE IF NOT EXISTS order_summary (
     id           text PRIMARY KEY,
     sku          text NOT NULL,
     quantity     integer NOT NULL,
     amount_cents bigint NOT NULL,
     status       text NOT NULL,
     updated_at   timestamptz NOT NULL
   )`,
  `CREATE TABLE IF NOT EXISTS daily_revenue (
     day            date PRIMARY KEY,
     paid_orders    integer NOT NULL,
     revenue_cents  bigint NOT NULL,
     refunded_cents bigint NOT NULL
   )`,
  `CREATE TABLE IF NOT EXISTS inventory_levels (
     sku       text PRIMARY KEY,
     available bigint NOT NULL
   )`,
  `CREATE TABLE IF NOT EXISTS projection_checkpoints (
     projection          text PRIMARY KEY,
     transaction_id      xid8,
     position            bigint,
     updated_at          timestamptz NOT NULL DEFAULT now(),
     is_paused           boolean NOT NULL DEFAULT false,
     rebuild_transaction xid8,
     rebuild_position    bigint
   )`,
];

/** The tables that projections write and queries read, in whatever process they run. */
@Injectable()
export class ProjectionTables implements OnModuleInit {
  constructor(private readonly database: Database) {}

  async onModuleInit(): Promise<void> {
    await this.database.exclusively(async () => {
      for (const table of TABLES) await this.database.query(table);
    });
  }
}
