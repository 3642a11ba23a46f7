/* oxlint-disable unicorn/no-thenable -- a query builder is a thenable */
// A wrapper that awaits every thenable runs a query that was only being built; one that reads the message of whatever
// was thrown turns `throw null` into a TypeError.
import { Injectable } from '@nestjs/common';
import { expect, it } from 'vitest';
import { Command, Query } from '../../lib/index.js';
import { series, start } from '../e2e/handlers/application.js';

class QueryBuilder {
  static executed = 0;
  #limit = 0;

  limit(limit: number): this {
    this.#limit = limit;
    return this;
  }

  then(resolve: (rows: number) => unknown): void {
    QueryBuilder.executed++;
    resolve(this.#limit);
  }
}

@Injectable()
class Orders {
  readonly builder = new QueryBuilder();

  @Query('All')
  all(): QueryBuilder {
    return this.builder;
  }

  @Command('Throw')
  throw(thrown: unknown): never {
    throw thrown;
  }

  @Command('Reject')
  async reject(thrown: unknown): Promise<never> {
    throw thrown;
  }
}

it('A query builder is executed by its caller alone', async () => {
  const app = await start({ providers: [Orders] });
  const orders = app.get(Orders);
  const builder = orders.all();
  await new Promise((resolve) => setImmediate(resolve));
  expect(QueryBuilder.executed).toBe(0);
  expect(builder === orders.builder).toBe(true);
  expect(await builder.limit(3)).toBe(3);
  expect(QueryBuilder.executed).toBe(1);
  expect(series(app, 'eventcore_queries_total')).toEqual({ All: 1 });
});

it.each([[null], [undefined], ['text'], [0]])(
  'The thrown value reaches the caller as it is: %s',
  async (thrown) => {
    const app = await start({ providers: [Orders] });
    const orders = app.get(Orders);
    const caught: unknown[] = [];
    try {
      orders.throw(thrown);
    } catch (error) {
      caught.push(error);
    }
    await orders.reject(thrown).catch((error: unknown) => caught.push(error));
    expect(caught).toEqual([thrown, thrown]);
    expect(series(app, 'eventcore_command_errors_total')).toEqual({ Throw: 1, Reject: 1 });
  },
);
