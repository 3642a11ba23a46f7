import { Logger } from '@nestjs/common';
import { MikroORM } from '@mikro-orm/postgresql';
import { EntitySchema } from '@mikro-orm/core';
import knex, { type Knex } from 'knex';
import pg from 'pg';
import { DataSource } from 'typeorm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { poll } from '../../system/poll.js';
import { systemProgram } from '../../system/system-program.js';
import { RunningApplication } from '../module/running-application.js';
import { poolSeries } from './pool-series.js';

Logger.overrideLogger(false);

const MAX = 3;
const WAITING = 4;
const TIMEOUT_MS = 10_000;

/** Asks until the numbers of a pool are these. */
async function poolBecomes(
  application: RunningApplication,
  name: string,
  numbers: Record<string, number>,
): Promise<void> {
  const isSo = async () => {
    const actual = (await poolSeries(application))[name];
    expect(actual).toEqual(numbers);
    return true;
  };
  await poll(isSo, { what: name, timeoutMs: TIMEOUT_MS });
}

// Needs Debian's postgresql.
describe.skipIf(systemProgram('postgres') === undefined)('on PostgreSQL', () => {
  let database: RunningPostgres;
  let application: RunningApplication | undefined;
  const closing: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    database = await RunningPostgres.start();
  }, 120_000);

  afterEach(async () => {
    await application?.close();
    application = undefined;
    for (const close of closing.splice(0).toReversed()) await close();
  });

  afterAll(() => database?.stop());

  async function startWith(token: string | symbol | (new () => unknown), instance: unknown) {
    application = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot()],
      providers: [{ provide: token as string, useValue: instance }],
    });
    return application;
  }

  it('A pool of pg that is exhausted has no connection left and callers that wait', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: MAX });
    const app = await startWith('ORDERS', pool);
    expect(await poolSeries(app)).toEqual({
      ORDERS: { size: 0, available: 0, max_size: MAX, pending: 0 },
    });
    const clients = await Promise.all(Array.from({ length: MAX }, () => pool.connect()));
    const waiting = Array.from({ length: WAITING }, () => pool.query('select 1'));
    expect(await poolSeries(app)).toEqual({
      ORDERS: { size: MAX, available: 0, max_size: MAX, pending: WAITING },
    });
    for (const client of clients) client.release();
    await Promise.all(waiting);
    await poolBecomes(app, 'ORDERS', { size: MAX, available: MAX, max_size: MAX, pending: 0 });
    await pool.end();
    expect(await poolSeries(app)).toEqual({});
    expect(await poolSeries(app)).toEqual({});
    const { text } = await app.get('/metrics');
    expect(text).toContain('eventcore_uptime_seconds');
    expect(text).toContain('eventcore_observability_errors_total{component="connection_pool"} 0\n');
  });

  it('A pool of pg whose server is gone is still read', async () => {
    const pool = new pg.Pool({ connectionString: 'postgresql://shop@127.0.0.1:1/none', max: MAX });
    closing.push(() => pool.end());
    const app = await startWith(Symbol('broken'), pool);
    await expect(pool.query('select 1')).rejects.toThrow();
    expect(await poolSeries(app)).toEqual({
      broken: { size: 0, available: 0, max_size: MAX, pending: 0 },
    });
  });

  it('A knex instance has the numbers of its pool from its first query until it is destroyed', async () => {
    const db: Knex = knex({
      client: 'pg',
      connection: database.url,
      pool: { min: 0, max: MAX },
    });
    const app = await startWith('KNEX', db);
    const transactions = await Promise.all(Array.from({ length: MAX }, () => db.transaction()));
    const waiting = Array.from({ length: WAITING }, () => db.raw('select 1').then((it) => it));
    await poolBecomes(app, 'KNEX', { size: MAX, available: 0, max_size: MAX, pending: WAITING });
    for (const it of transactions) await it.rollback();
    await Promise.all(waiting);
    await poolBecomes(app, 'KNEX', { size: MAX, available: MAX, max_size: MAX, pending: 0 });
    await db.destroy();
    expect(await poolSeries(app)).toEqual({});
    db.initialize();
    closing.push(() => db.destroy());
    expect(await poolSeries(app)).toEqual({
      KNEX: { size: 0, available: 0, max_size: MAX, pending: 0 },
    });
  });

  it('A DataSource of TypeORM has numbers while it is connected', async () => {
    const source = new DataSource({
      type: 'postgres',
      url: database.url,
      poolSize: MAX,
      entities: [],
    });
    const app = await startWith(DataSource as never, source);
    expect(await poolSeries(app)).toEqual({});
    await source.initialize();
    const runners = Array.from({ length: MAX }, () => source.createQueryRunner());
    for (const it of runners) await it.connect();
    const waiting = Array.from({ length: WAITING }, () => source.query('select 1'));
    await poolBecomes(app, 'DataSource', {
      size: MAX,
      available: 0,
      max_size: MAX,
      pending: WAITING,
    });
    for (const it of runners) await it.release();
    await Promise.all(waiting);
    await poolBecomes(app, 'DataSource', { size: MAX, available: MAX, max_size: MAX, pending: 0 });
    await source.destroy();
    expect(await poolSeries(app)).toEqual({});
    await source.initialize();
    closing.push(() => source.destroy());
    expect((await poolSeries(app))['DataSource']).toMatchObject({ max_size: MAX, pending: 0 });
  });

  it('MikroORM has numbers from its connection on, and is not connected by being read', async () => {
    const Order = new EntitySchema<{ id: number }>({
      name: 'Order',
      properties: { id: { type: 'number', primary: true } },
    });
    const orm = await MikroORM.init({
      clientUrl: database.url,
      entities: [Order],
      connect: false,
      pool: { min: 0, max: MAX },
    });
    const app = await startWith('ORM', orm);
    expect(await poolSeries(app)).toEqual({});
    await orm.connect();
    const { em } = orm;
    const forks = Array.from({ length: MAX }, () => em.fork());
    for (const it of forks) await it.begin();
    const waiting = Array.from({ length: WAITING }, () =>
      em.fork().getConnection().execute('select 1'),
    );
    await poolBecomes(app, 'ORM', {
      size: MAX,
      available: 0,
      max_size: MAX,
      pending: WAITING,
    });
    for (const it of forks) await it.rollback();
    await Promise.all(waiting);
    await poolBecomes(app, 'ORM', { size: MAX, available: MAX, max_size: MAX, pending: 0 });
    await orm.close();
    expect(await poolSeries(app)).toEqual({});
  });

  it('Real clients fit the types of registerPool', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: MAX });
    const db = knex({ client: 'pg', connection: database.url, pool: { min: 0, max: MAX } });
    const source = new DataSource({ type: 'postgres', url: database.url });
    application = await RunningApplication.start({ imports: [ObservabilityModule.forRoot()] });
    closing.push(
      () => pool.end(),
      () => db.destroy(),
    );
    const { service } = application;
    const registrations = [
      service.registerPool('orders', pool),
      service.registerPool('reports', db),
      service.registerPool('customers', source),
    ];
    expect(Object.keys(await poolSeries(application))).toEqual(['orders', 'reports']);
    for (const it of registrations) it.unregister();
    expect(await poolSeries(application)).toEqual({});
  });
});
