// A worker without a server, as `createApplicationContext` makes it, with an event bus, and its parts by `select`, `resolve` and `create`.
import { type DynamicModule, Injectable, Module, Scope } from '@nestjs/common';
import { ModuleRef, NestFactory } from '@nestjs/core';
import { Command, Projection } from '@eventcore/nestjs-observability';
import type { Trial } from './main.js';
import { Orders, PlaceOrder } from './shop.js';

@Injectable({ scope: Scope.TRANSIENT })
class Sequence {
  #last = 0;

  @Command('NextNumber')
  next(): number {
    return ++this.#last;
  }
}

@Injectable()
class Totals {
  #placed = 0;

  @Projection('Totals')
  async add(): Promise<number> {
    return ++this.#placed;
  }
}

@Module({ providers: [Orders, Totals], exports: [Orders] })
class SalesModule {}

const hooks: string[] = [];

@Injectable()
class Hooks {
  onModuleInit = () => void hooks.push('init');
  onApplicationBootstrap = () => void hooks.push('bootstrap');
  onModuleDestroy = () => void hooks.push('destroy');
  onApplicationShutdown = (signal?: string) => void hooks.push(`shutdown ${signal}`);
}

export const trial: Trial = {
  requests: [],
  options: () => ({ prometheus: false, health: false }),
  create: (imports: DynamicModule[]) => {
    @Module({ imports: [SalesModule, ...imports], providers: [Sequence, Hooks] })
    class AppModule {}
    return NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  },
  work: async (_url, app) => {
    const orders = app.get(Orders);
    const hat = Object.assign(new PlaceOrder(), { sku: 'hat' });
    const refused = Object.assign(new PlaceOrder(), { sku: 'sold-out' });
    const sequences = [await app.resolve(Sequence), await app.resolve(Sequence)];
    const created = await app.get(ModuleRef).create(Sequence);
    return [
      await orders.place(hat),
      await orders.place(refused).catch((error: Error) => error.message),
      orders.count('hat'),
      sequences.map((it) => [it.next(), it.next()]),
      created.next(),
      await app.select(SalesModule).get(Totals, { strict: true }).add(),
    ];
  },
  after: () => hooks,
};
