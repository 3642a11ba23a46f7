import type { PostgresConditions, PostgresEventTable } from './postgres-tables.js';

/** A name of the database, whatever it contains. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A name of a table, with its schema if it has one. */
export function quotedTable(name: string): string {
  return name.split('.').map(quoted).join('.');
}

/** Values of a statement, and where they stand in it. */
export class SqlValues {
  readonly values: unknown[] = [];

  /** The parameter for a value. */
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  /** Conditions on the rows of a table, each begun by AND. */
  conditions(alias: string, where: PostgresConditions = {}): string {
    const each = Object.entries(where);
    return each.map(([column, it]) => ` AND ${alias}.${quoted(column)} = ${this.add(it)}`).join('');
  }
}

/** A column of the order of events. */
interface OrderColumn {
  readonly column: string;
  readonly type: 'xid8' | 'bigint';
  /** What is before every value of the type. */
  readonly origin: string;
}

/** The columns by which readers go through events. */
export function orderOf(events: PostgresEventTable): readonly OrderColumn[] {
  const { position, transactionId } = events;
  const byPosition = { column: position, type: 'bigint', origin: `'${-(2n ** 63n)}'` } as const;
  if (transactionId === undefined) return [byPosition];
  return [{ column: transactionId, type: 'xid8', origin: "'0'" }, byPosition];
}

/** SQL about the table of events; a scope is a row called `s`, an event one called `e`. */
export class EventColumns {
  readonly #events: PostgresEventTable;
  readonly #conditions: string;
  readonly #places: readonly string[];

  constructor(events: PostgresEventTable, values: SqlValues) {
    this.#events = events;
    this.#conditions = values.conditions('e', events.where);
    this.#places = orderOf(events).map(({ column }) => `e.${quoted(column)}`);
  }

  /** Columns of the order, `p0` and so on. */
  get places(): string {
    return this.#places.map((it, i) => `${it} AS p${i}`).join(', ');
  }

  /** When the event was recorded. */
  get recordedAt(): string {
    return `e.${quoted(this.#events.recordedAt)}`;
  }

  /** The type of the event. */
  get type(): string {
    return `e.${quoted(this.#events.type)}`;
  }

  /** Whether the event matches the filter of the scope. */
  get matches(): string {
    return `(s.types IS NULL OR ${this.type} = ANY (s.types)) AND ${this.matchesCategory}`;
  }

  /** Whether the event is of a category of the scope. */
  get matchesCategory(): string {
    const { category } = this.#events;
    if (category === undefined) return 'true';
    const column = `e.${quoted(category.column)}`;
    const separator = category.separator?.replaceAll("'", "''");
    const name = separator === undefined ? column : `split_part(${column}, '${separator}', 1)`;
    return `(s.categories IS NULL OR ${name} = ANY (s.categories))`;
  }

  /**
   * The events after the checkpoint of the scope. What bounds the first column says nothing more than the comparison of
   * rows and the snapshot do: with both ends the planner expects few events, and without them a third of the table.
   */
  get after(): string {
    const [first] = this.#places;
    return `${this.from} AND ${first} >= s.c0 AND ${first} <= l.p0
      AND ${row(this.#places)} > ${row(this.#checkpoint)}`;
  }

  /**
   * The events of the type `t.type` after the checkpoint of the scope. Said by comparison, so that only an index that begins with
   * the type gives their order; with an equation the planner would search the index on the position alone.
   */
  get ofTypeAfter(): string {
    return `${this.from} AND ${this.type} >= t.type AND ${this.type} <= t.type
      AND ${row([this.type, ...this.#places])} > ${row(['t.type', ...this.#checkpoint])}`;
  }

  /** All events. */
  get from(): string {
    return `FROM ${quotedTable(this.#events.table)} e WHERE true${this.#conditions}`;
  }

  /** The order of events. */
  order(direction: 'ASC' | 'DESC'): string {
    return orderBy(this.#places, direction);
  }

  /** The order of events, type by type. */
  orderOfTypes(direction: 'ASC' | 'DESC'): string {
    return orderBy([this.type, ...this.#places], direction);
  }

  get #checkpoint(): readonly string[] {
    return this.#places.map((_, i) => `s.c${i}`);
  }
}

function row(columns: readonly string[]): string {
  return `(${columns.join(', ')})`;
}

function orderBy(columns: readonly string[], direction: 'ASC' | 'DESC'): string {
  return `ORDER BY ${columns.map((it) => `${it} ${direction}`).join(', ')}`;
}
