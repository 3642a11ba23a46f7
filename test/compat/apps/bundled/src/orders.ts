import { ConflictException, Injectable } from '@nestjs/common';
import { Command } from '@eventcore/nestjs-observability';
import { PlaceOrder } from './place-order.js';

@Injectable()
export class Orders {
  // esbuild renames a class that refers to itself.
  static readonly none = new Orders();

  @Command()
  async place(order: PlaceOrder) {
    if (order.sku === '') throw new ConflictException('no sku');
    return `order of ${order.sku}`;
  }
}
