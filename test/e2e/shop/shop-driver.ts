import pg from 'pg';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { poll } from '../../system/poll.js';
import type { RunningShop } from '../../system/running-shop.js';

/** The projections of the shop, and the types of the events that each of them handles. */
const HANDLED = {
  order_summary: ['OrderPlaced', 'OrderPaid', 'OrderShipped', 'OrderCancelled'],
  daily_revenue: ['OrderPaid', 'OrderCancelled'],
  inventory_levels: ['StockReplenished', 'OrderPlaced', 'OrderCancelled'],
} as const;

export type ProjectionName = keyof typeof HANDLED;
export const PROJECTION_NAMES = Object.keys(HANDLED) as ProjectionName[];

export interface Placed {
  readonly id: string;
  readonly position: string;
}

/** What a shop is asked and told over HTTP. */
export class ShopDriver {
  constructor(readonly shop: RunningShop) {}

  async place(sku = 'espresso-beans'): Promise<Placed> {
    const response = await this.#post('/orders', { sku, quantity: 1 });
    if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
    return (await response.json()) as Placed;
  }

  async placeMany(count: number): Promise<void> {
    const customers = Array.from({ length: 10 }, async (_, i) => {
      for (let order = i; order < count; order += 10) await this.place();
    });
    await Promise.all(customers);
  }

  async change({ id }: { id: string }, change: 'pay' | 'ship' | 'cancel'): Promise<void> {
    const { status } = await this.#post(`/orders/${id}/${change}`);
    if (status !== 200) throw new Error(`${change}: ${status}`);
  }

  order({ id, position }: Placed): Promise<Response> {
    return fetch(`${this.shop.url}/orders/${id}?after=${position}`);
  }

  async command(path: string): Promise<number> {
    return (await this.#post(`/admin/${path}`)).status;
  }

  async health(): Promise<{ status: string; details: Record<string, Record<string, unknown>> }> {
    return (await fetch(`${this.shop.url}/health`)).json() as never;
  }

  async view(): Promise<MetricsView> {
    return new MetricsView(await this.shop.metrics());
  }

  /** The metrics as soon as they are as wanted. */
  until(what: string, isSo: (view: MetricsView) => boolean): Promise<MetricsView> {
    return poll(
      async () => {
        const view = await this.view();
        return isSo(view) ? view : undefined;
      },
      { what, timeoutMs: 20_000 },
    );
  }

  untilIdle(): Promise<MetricsView> {
    return this.until('no lag', (view) =>
      PROJECTION_NAMES.every((it) => view.lagEvents(it) === 0 && view.state(it) === 'live'),
    );
  }

  #post(path: string, body?: object): Promise<Response> {
    return fetch(this.shop.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
  }
}

/** What one scrape says of projections. */
export class MetricsView {
  constructor(readonly text: string) {}

  of(metric: string, name: ProjectionName, labels = {}): number | undefined {
    const all = { projection_name: name, ...labels };
    return sampleOf(this.text, `eventcore_projection_${metric}`, all);
  }

  lagEvents(name: ProjectionName): number | undefined {
    return this.of('lag_events', name);
  }

  lagSeconds(name: ProjectionName): number | undefined {
    return this.of('lag_seconds', name);
  }

  processed(name: ProjectionName, mode: 'live' | 'rebuild'): number {
    return this.of('events_processed_total', name, { mode }) ?? 0;
  }

  state(name: ProjectionName): string | undefined {
    const family = parseTextFormat(this.text).get('eventcore_projection_state');
    const own = family?.samples.filter((it) => it.labels['projection_name'] === name);
    return own?.find((it) => it.value === 1)?.labels['state'];
  }
}

interface LoggedEvent {
  readonly type: string;
  readonly data: { orderId: string; sku: string } & Record<string, number>;
  readonly day: string;
}

/** The database of the shop, looked at from outside. */
export class ShopLog {
  constructor(readonly pool: pg.Pool) {}

  async events(): Promise<LoggedEvent[]> {
    const { rows } = await this.pool.query<LoggedEvent>(
      `SELECT message_type AS type, message_data AS data, (created AT TIME ZONE 'UTC')::date::text AS day
         FROM emt_messages ORDER BY transaction_id, global_position`,
    );
    return rows;
  }

  async count(name: ProjectionName): Promise<number> {
    const types: readonly string[] = HANDLED[name];
    return (await this.events()).filter(({ type }) => types.includes(type)).length;
  }

  /** What the tables of the projections hold. */
  async readModel(): Promise<ReadModel> {
    const read = async (sql: string) =>
      (await this.pool.query<{ key: string; value: string }>(sql)).rows.map(
        ({ key, value }) => [key, value] as const,
      );
    return {
      orders: Object.fromEntries(
        await read('SELECT id AS key, status AS value FROM order_summary'),
      ),
      revenue: Object.fromEntries(
        await read(`SELECT day::text AS key, concat_ws(' ', paid_orders, revenue_cents, refunded_cents) AS value
          FROM daily_revenue`),
      ),
      levels: Object.fromEntries(
        await read('SELECT sku AS key, available::text AS value FROM inventory_levels'),
      ),
    };
  }

  /** What they should hold: every event once, and none twice. */
  async expectedModel(): Promise<ReadModel> {
    const orders: Record<string, string> = {};
    const levels: Record<string, number> = {};
    const revenue: Record<string, [number, number, number]> = {};
    for (const { type, data, day } of await this.events()) {
      const { orderId, sku, quantity = 0, amountCents = 0, refundCents = 0 } = data;
      if (type.startsWith('Order')) orders[orderId] = type.slice('Order'.length).toLowerCase();
      const moved = type === 'OrderPlaced' ? -quantity : quantity;
      if (sku !== undefined) levels[sku] = (levels[sku] ?? 0) + moved;
      if (type !== 'OrderPaid' && refundCents === 0) continue;
      const booked = (revenue[day] ??= [0, 0, 0]);
      if (type === 'OrderPaid') {
        booked[0]++;
        booked[1] += amountCents;
      } else booked[2] += refundCents;
    }
    const textsOf = (of: object) =>
      Object.fromEntries(Object.entries(of).map(([key, it]) => [key, [it].flat().join(' ')]));
    return { orders, revenue: textsOf(revenue), levels: textsOf(levels) };
  }

  /** How many sessions wait for somebody else's lock with a statement that begins like that. */
  async waiting(statement: string): Promise<number> {
    const { rows } = await this.pool.query(
      `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND ltrim(query) LIKE $1 || '%'`,
      [statement],
    );
    return rows.length;
  }
}

export interface ReadModel {
  readonly orders: Readonly<Record<string, string>>;
  readonly revenue: Readonly<Record<string, string>>;
  readonly levels: Readonly<Record<string, string>>;
}
