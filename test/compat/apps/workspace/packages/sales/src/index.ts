import { ConflictException, Injectable, Module } from '@nestjs/common';
import {
  Command,
  currentObservation,
  ObservabilityService,
  Projection,
  Query,
} from '@eventcore/nestjs-observability';

export class PlaceOrder {
  constructor(readonly sku: string) {}
}

@Injectable()
export class Sales {
  readonly #placed: string[] = [];
  #shown = 0;

  constructor(readonly observability: ObservabilityService) {}

  @Command({ context: true })
  async place({ sku }: PlaceOrder): Promise<string> {
    if (sku === 'sold-out') throw new ConflictException('sold out');
    this.#placed.push(sku);
    this.show();
    return currentObservation()?.name ?? 'no observation';
  }

  @Query('OrderCount')
  count(sku: string): number {
    return this.#placed.filter((it) => it === sku).length;
  }

  @Projection('OrdersShown')
  show(): void {
    this.#shown++;
  }
}

@Module({ providers: [Sales], exports: [Sales] })
export class SalesModule {}
