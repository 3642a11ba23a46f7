import { applyDecorators } from '@nestjs/common';
import { of } from 'rxjs';
import { describe, expectTypeOf, it } from 'vitest';
import { Command, type CommandOptions } from '../../../lib/index.js';
import { Projection, Query } from '../../../lib/index.js';

interface Placed {
  readonly lines: readonly string[];
}

class PlaceOrder {
  constructor(
    readonly tenant: string,
    readonly lines: readonly string[],
  ) {}
}

interface OrderPlaced {
  readonly at: number;
  readonly id: bigint;
}

const reusable: CommandOptions = { events: () => 2 };

describe('the hooks of a decorated method', () => {
  it('The hooks of a command take their types from the method', () => {
    class Orders {
      @Command({
        id: (order) => {
          expectTypeOf(order).toEqualTypeOf<PlaceOrder>();
          return order.tenant;
        },
        labels: { tenant: (order) => order.tenant },
        events: (result) => {
          expectTypeOf(result).toEqualTypeOf<Placed>();
          return result.lines;
        },
      })
      async place({ lines }: PlaceOrder): Promise<Placed> {
        return { lines };
      }

      @Command({ events: (result) => result.lines.length })
      stream({ lines }: PlaceOrder) {
        return of({ lines });
      }

      @Command({ name: 'Import', events: (last) => last.lines })
      async *import({ lines }: PlaceOrder): AsyncGenerator<Placed, Placed> {
        yield { lines };
        return { lines };
      }

      // @ts-expect-error The result of the method has no property of that name.
      @Command({ events: (result) => result.rows })
      async cancel(): Promise<Placed> {
        return { lines: [] };
      }
    }
    expectTypeOf<Orders>().toHaveProperty('place');
  });

  it('The hooks of a projection take the type of one event, also for a batch', () => {
    class Totals {
      @Projection({ eventTime: (event) => event.at, position: (event) => event.id })
      apply(event: OrderPlaced): void {
        void event;
      }

      @Projection({
        batch: true,
        eventTime: (event) => {
          expectTypeOf(event).toEqualTypeOf<OrderPlaced>();
          return event.at;
        },
        onSkip: (skipped) => skipped,
      })
      async applyAll(events: readonly OrderPlaced[]): Promise<number> {
        return events.length;
      }
    }
    expectTypeOf<Totals>().toHaveProperty('apply');
  });

  it('The decorators accept options that were written apart, and hooks that declare their types', () => {
    class Orders {
      @Command(reusable)
      place(): string[] {
        return [];
      }

      @Command({ events: (result: { length: number }) => result.length })
      split(): string[] {
        return [];
      }

      @applyDecorators(Query({ name: 'Open', outcome: () => 'rejected' }))
      open(): number {
        return 0;
      }
    }
    expectTypeOf<Orders>().toHaveProperty('open');
    expectTypeOf(Command('PlaceOrder')).toExtend<MethodDecorator>();
  });
});
