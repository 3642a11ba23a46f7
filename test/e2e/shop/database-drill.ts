import { setTimeout as pause } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import pg from 'pg';
import { expect } from 'vitest';
import { parseTextFormat } from '../../contract/text-format.js';
import { poll } from '../../system/poll.js';
import { RunningPostgres } from '../../system/running-postgres.js';
import { RunningShop } from '../../system/running-shop.js';
import { SilentProxy } from '../../system/silent-proxy.js';
import type { DrillFigures, Totals } from './drill-figures.js';
import { ShopDriver, ShopLog } from './shop-driver.js';

const CUSTOMERS = 12;
/** Events that the shop confirms before and after an outage, for it to be under load and to have recovered. */
const SERVED = 8;
/** A customer who was turned away comes back after this time. */
const COMES_BACK_MS = 100;
const TIMEOUT_MS = 60_000;

/** A shop of two processes on a PostgreSQL server that is broken in all ways while customers order. */
export class DatabaseDrill {
  readonly figures: DrillFigures[] = [];
  #isOpen = true;
  #refused = 0;
  readonly #confirmed: { readonly id: string; readonly type: string }[] = [];
  readonly #customers: Promise<void>[] = [];

  private constructor(
    readonly database: RunningPostgres,
    readonly proxy: SilentProxy,
    readonly api: ShopDriver,
    readonly projector: ShopDriver,
    readonly log: ShopLog,
  ) {}

  static async start(settings: Readonly<Record<string, string>> = {}): Promise<DatabaseDrill> {
    const database = await RunningPostgres.start();
    const proxy = await SilentProxy.open(database.port);
    const DATABASE_URL = `postgresql://shop@127.0.0.1:${proxy.port}/postgres`;
    const shared = {
      DATABASE_URL,
      TRAFFIC: '0',
      FAULT_RATE: '0',
      PROGRESS_PERIOD_MS: '500',
      ...settings,
    };
    const api = RunningShop.start({ ...shared, SHOP_ROLE: 'api' });
    const projector = await RunningShop.start({ ...shared, SHOP_ROLE: 'projector' });
    const pool = new pg.Pool({ connectionString: database.url, max: 2 });
    pool.on('error', () => undefined);
    return new DatabaseDrill(
      database,
      proxy,
      new ShopDriver(await api),
      new ShopDriver(projector),
      new ShopLog(pool),
    );
  }

  /** Lets customers order and pay until the drill ends. */
  open(): void {
    for (let i = 0; i < CUSTOMERS; i++) this.#customers.push(this.#shop());
  }

  /**
   * Breaks the database, and expects that both processes say so, go on, and recover.
   *
   * @param lasts - Keeps it broken.
   */
  async run(
    outage: string,
    { breaks, lasts, mends }: { breaks(): unknown; lasts?(): unknown; mends?(): unknown },
  ): Promise<DrillFigures> {
    const confirmed = this.#confirmed.length;
    await this.#untilConfirmed(confirmed + SERVED);
    const [beganMs, refused] = [performance.now(), this.#refused];
    await breaks();
    let notReadyAfterMs = 0;
    if (lasts !== undefined) {
      await this.#until(503);
      notReadyAfterMs = performance.now() - beganMs;
      await lasts();
    }
    await mends?.();
    const mendedMs = performance.now();
    await this.#until(200);
    const readyAgainAfterMs = performance.now() - mendedMs;
    await this.#untilConfirmed(this.#confirmed.length + SERVED);
    const figures: DrillFigures = {
      outage,
      confirmed: this.#confirmed.length - confirmed,
      refused: this.#refused - refused,
      notReadyAfterMs: Math.round(notReadyAfterMs),
      readyAgainAfterMs: Math.round(readyAgainAfterMs),
      ...(await this.#totals()),
    };
    this.figures.push(figures);
    this.#isOpen = true;
    this.open();
    return figures;
  }

  /** Ends all connections to the database, except those of the drill. */
  async terminateAll(): Promise<void> {
    await this.log.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    );
  }

  async stop(): Promise<void> {
    this.#isOpen = false;
    await Promise.all(this.#customers);
    await this.log.pool.end();
    await Promise.all([this.api.shop.kill(), this.projector.shop.kill()]);
    this.proxy.close();
    await this.database.stop();
  }

  /** Closes the shop for a moment, and compares what it says with what is stored. */
  async #totals() {
    this.#isOpen = false;
    await Promise.all(this.#customers.splice(0));
    const deaths = [this.api, this.projector].filter(({ shop }) => shop.hasEnded).length;
    await this.projector.untilIdle();
    const stored = await poll(
      async () => {
        const [is, says] = [await this.#stored(), await this.#counted()];
        return is.orders === says.orders && is.stock === says.stock ? is : undefined;
      },
      { what: 'equal totals', timeoutMs: 10_000 },
    ).catch(() => this.#stored());
    const counted = await this.#counted();
    await this.#untilApplied();
    const lostEvents = await this.#lost();
    this.#isOpen = true;
    this.open();
    const waiting = await this.#waiting();
    return { processDeaths: deaths, lostEvents, counted, stored, waiting };
  }

  /** The lag of a moment ago may be 0 while the last events are on their way. */
  async #untilApplied(): Promise<void> {
    const expected = await this.log.expectedModel();
    const isSo = async () => isDeepStrictEqual(await this.log.readModel(), expected) || undefined;
    await poll(isSo, { what: 'read model', timeoutMs: 10_000 }).catch(() => undefined);
    expect(await this.log.readModel()).toEqual(expected);
  }

  /** The loops of the projector borrow all the time: a statement may wait for a moment, but a pool is free again. */
  async #waiting(): Promise<number> {
    const ofEach = [this.api, this.projector].map(async (driver) => {
      let waiting = 0;
      const nothing = async () => {
        waiting = sumOf((await driver.view()).text, 'eventcore_connection_pool_pending');
        return waiting === 0 || undefined;
      };
      await poll(nothing, { what: 'a free pool', timeoutMs: 15_000 }).catch(() => undefined);
      return waiting;
    });
    return (await Promise.all(ofEach)).reduce((sum, it) => sum + it);
  }

  async #stored(): Promise<Totals> {
    const events = await this.log.events();
    const orders = events.filter(({ type }) => type.startsWith('Order')).length;
    return { orders, stock: events.length - orders };
  }

  async #counted(): Promise<Totals> {
    const { text } = await this.api.view();
    const written = (category: string) =>
      sumOf(text, 'eventcore_events_written_total', 'stream_category', category);
    expect(sumOf(text, 'eventcore_commands_succeeded_total')).toBe(written('order'));
    return { orders: written('order'), stock: written('stock') };
  }

  /** Confirmed events that are not in the log, or more than once. */
  async #lost(): Promise<number> {
    const times = new Map<string, number>();
    for (const { type, data } of await this.log.events()) {
      const key = `${type} ${data.orderId}`;
      times.set(key, (times.get(key) ?? 0) + 1);
    }
    return this.#confirmed.filter(({ id, type }) => times.get(`${type} ${id}`) !== 1).length;
  }

  async #shop(): Promise<void> {
    while (this.#isOpen) {
      try {
        const placed = await this.api.place();
        this.#confirmed.push({ id: placed.id, type: 'OrderPlaced' });
        await this.api.change(placed, 'pay');
        this.#confirmed.push({ id: placed.id, type: 'OrderPaid' });
      } catch {
        this.#refused++;
        await pause(COMES_BACK_MS);
      }
    }
  }

  async #untilConfirmed(count: number): Promise<void> {
    const isSo = async () => this.#confirmed.length >= count || undefined;
    await poll(isSo, { what: `${count} confirmed events`, timeoutMs: TIMEOUT_MS });
  }

  async #until(status: 200 | 503): Promise<void> {
    for (const { shop } of [this.api, this.projector]) {
      for (const path of ['/health/ready', '/health']) {
        await poll(async () => (await fetch(shop.url + path)).status === status || undefined, {
          what: `${path} with ${status}`,
          timeoutMs: TIMEOUT_MS,
        });
      }
    }
  }
}

/** The sum over the series of a metric, or over those with one value of a label. */
function sumOf(text: string, name: string, label?: string, value?: string): number {
  const samples = parseTextFormat(text).get(name)?.samples ?? [];
  return samples
    .filter(({ labels }) => label === undefined || labels[label] === value)
    .reduce((sum, it) => sum + it.value, 0);
}
