import { Injectable } from '@nestjs/common';
import { Database } from '../database/database.js';

export interface StockLevel {
  readonly sku: string;
  readonly available: number;
}

/** Reads the stock as projected so far: a sale in flight may not be in it yet. */
@Injectable()
export class Inventory {
  constructor(private readonly database: Database) {}

  async available(sku: string): Promise<number> {
    const levels = await this.levels();
    return levels.find((level) => level.sku === sku)?.available ?? 0;
  }

  levels(): Promise<StockLevel[]> {
    return this.database.query<{ sku: string; available: number }>(
      'SELECT sku, available::integer FROM inventory_levels',
    );
  }
}
