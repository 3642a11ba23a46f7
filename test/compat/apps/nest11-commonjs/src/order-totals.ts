import { Projection } from '@eventcore/nestjs-observability';
import { Injectable } from '@nestjs/common';

@Injectable()
export class OrderTotals {
  private readonly totals = new Map<string, number>();

  @Projection()
  async on(event: { sku: string }): Promise<void> {
    this.totals.set(event.sku, this.of(event.sku) + 1);
  }

  of(sku: string): number {
    return this.totals.get(sku) ?? 0;
  }
}
