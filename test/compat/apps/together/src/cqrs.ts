// The sample of @nestjs/cqrs: handlers, a query, an event and a saga, without a decorator of the library.
import { Body, ConflictException, Controller, Get, Module, Param, Post } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  EventsHandler,
  type ICommand,
  QueryBus,
  QueryHandler,
  Saga,
} from '@nestjs/cqrs';
import { map, type Observable, filter } from 'rxjs';
import type { Trial } from './main.js';
import { LOAD } from './shop.js';

const placed = new Map<string, number>();
const packed: string[] = [];

class PlaceOrder {
  constructor(readonly sku: string) {}
}

class PackOrder {
  constructor(readonly sku: string) {}
}

class OrderCount {
  constructor(readonly sku: string) {}
}

class OrderPlaced {
  constructor(readonly sku: string) {}
}

@CommandHandler(PlaceOrder)
class PlaceOrderHandler {
  constructor(private readonly events: EventBus) {}

  async execute({ sku }: PlaceOrder): Promise<number> {
    if (sku === 'sold-out') throw new ConflictException('sold out');
    const count = (placed.get(sku) ?? 0) + 1;
    placed.set(sku, count);
    this.events.publish(new OrderPlaced(sku));
    return count;
  }
}

@CommandHandler(PackOrder)
class PackOrderHandler {
  async execute({ sku }: PackOrder): Promise<void> {
    packed.push(sku);
  }
}

@QueryHandler(OrderCount)
class OrderCountHandler {
  async execute({ sku }: OrderCount): Promise<number> {
    return placed.get(sku) ?? 0;
  }
}

@EventsHandler(OrderPlaced)
class OrderSummary {
  handle(): void {}
}

class Warehouse {
  @Saga()
  pack(events: Observable<unknown>): Observable<ICommand> {
    return events.pipe(
      filter((it) => it instanceof OrderPlaced),
      map(({ sku }) => new PackOrder(sku)),
    );
  }
}

@Controller('orders')
class OrdersController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  async place(@Body() { sku }: { sku: string }): Promise<{ placed: number }> {
    return { placed: await this.commands.execute(new PlaceOrder(sku)) };
  }

  @Get(':sku')
  async count(@Param('sku') sku: string): Promise<{ count: number }> {
    return { count: await this.queries.execute(new OrderCount(sku)) };
  }
}

export const trial: Trial = {
  requests: LOAD,
  work: async () => packed,
  create: async (imports: DynamicModule[]) => {
    @Module({
      controllers: [OrdersController],
      providers: [PlaceOrderHandler, PackOrderHandler, OrderCountHandler, OrderSummary, Warehouse],
      imports: [CqrsModule.forRoot(), ...imports],
    })
    class AppModule {}
    return NestFactory.create(AppModule, { logger: ['error'] });
  },
};
