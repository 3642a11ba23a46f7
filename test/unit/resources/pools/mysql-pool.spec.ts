import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { mysqlPoolSource } from '../../../../lib/resources/pools/mysql-pool.js';
import { typeOrmPoolSource } from '../../../../lib/resources/pools/typeorm-pool.js';

/** The kind of list that mysql2 keeps connections in: its length is a getter. */
class Queue {
  constructor(readonly items: unknown[]) {}

  get length(): number {
    return this.items.length;
  }
}

// A double: mysql2 needs a server that is not at hand. Source of its members:
// https://github.com/sidorares/node-mysql2/blob/master/lib/base/pool.js
class Pool extends EventEmitter {
  readonly config: { connectionLimit: number };
  readonly #free = new Queue([1]);

  constructor(connectionLimit: number) {
    super();
    this.config = { connectionLimit };
    Object.assign(this, {
      _allConnections: new Queue([1, 2, 3]),
      _freeConnections: this.#free,
      _connectionQueue: new Queue([1, 2]),
      _closed: false,
    });
  }

  lend(): void {
    this.#free.items.pop();
  }

  close(): void {
    Object.assign(this, { _closed: true });
  }
}

class PromisePool extends EventEmitter {
  constructor(readonly pool: Pool) {
    super();
  }
}

const numbers = { size: 3, available: 1, maxSize: 10, pending: 2 };

describe('a pool of mysql2', () => {
  it.each([
    ['callbacks', (pool: Pool): object => pool],
    ['promises', (pool: Pool): object => new PromisePool(pool)],
  ])('A pool of mysql2 with %s has its numbers until it is closed', (_kind, wrap) => {
    const pool = new Pool(10);
    const read = mysqlPoolSource(wrap(pool));
    expect(read?.()).toEqual(numbers);
    pool.lend();
    expect(read?.()).toEqual({ ...numbers, available: 0 });
    pool.close();
    expect(read?.()).toBe('ended');
  });

  it('A pool of mysql2 has no limit where its limit is 0', () => {
    expect(mysqlPoolSource(new Pool(0))?.()).toEqual({ ...numbers, maxSize: undefined });
  });

  it('A pool of mysql2 is that of a DataSource of TypeORM on MySQL', () => {
    const driver: { pool?: Pool } = {};
    const source = {
      isInitialized: false,
      driver,
      initialize: () => undefined,
      createQueryRunner: () => undefined,
    };
    const read = typeOrmPoolSource(source);
    expect(read?.()).toBeUndefined();
    driver.pool = new Pool(10);
    expect(read?.()).toEqual(numbers);
    driver.pool.close();
    expect(read?.()).toBeUndefined();
  });

  it.each([undefined, null, {}, { pool: {} }, { pool: null }, new EventEmitter()])(
    'A pool of mysql2 is not %o',
    (other) => {
      expect(mysqlPoolSource(other)).toBeUndefined();
    },
  );
});
