import type { PostgresConditions, PostgresEventTable } from './postgres-tables.js';

/** Quotes an SQL identifier. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes a table name, with or without a schema. */
export function quotedTable(name: string): string {
  return name.split('.').map(quoted).join('.');
}

/** Parameter values of a statement. */
export class SqlValues {
  readonly values: unknown[] = [];

  /** Adds a value and returns the parameter that stands for it, such as `$1`. */
  add(value: unknown): string {
    this.values.push(value);
    return `$${this.values.length}`;
  }

  /** Returns conditions on the rows of a table, each prefixed with AND. */
  conditions(alias: string, where: PostgresConditions = {}): string {
    const each = Object.entries(where);
    return each.map(([column, it]) => ` AND ${alias}.${quoted(column)} = ${this.add(it)}`).join('');
  }
}

/** Column of the event order. */
interface OrderColumn {
  readonly column: string;
  readonly type: 'xid8' | 'bigint';
  /** SQL literal below every value of the type. */
  readonly origin: string;
}

/** Returns the columns that define the event order for readers. */
export function orderOf(events: PostgresEventTable): readonly OrderColumn[] {
  const { position, transactionId } = events;
  const byPosition = {
    column: position,
    type: 'bigint',
    origin: "'-9223372036854775808'",
  } as const;
  if (transactionId === undefined) return [byPosition];
  return [{ column: transactionId, type: 'xid8', origin: "'0'" }, byPosition];
}

/** SQL fragments over the event table. A scope is the row `s`, an event the row `e`. */
export class EventColumns {
  readonly #events: PostgresEventTable;
  readonly #conditions: string;
  readonly #places: readonly string[];

  constructor(events: PostgresEventTable, values: SqlValues) {
    this.#events = events;
    this.#conditions = values.conditions('e', events.where);
    this.#places = orderOf(events).map(({ column }) => `e.${quoted(column)}`);
  }

  /** Columns of the event order, as `p0`, `p1`. */
  get places(): string {
    return this.#places.map((it, i) => `${it} AS p${i}`).join(', ');
  }

  /** Recording time of the event. */
  get recordedAt(): string {
    return `e.${quoted(this.#events.recordedAt)}`;
  }

  /** Type of the event. */
  get type(): string {
    return `e.${quoted(this.#events.type)}`;
  }

  /** Condition: the event matches the filter of the scope. */
  get matches(): string {
    return `(s.types IS NULL OR ${this.type} = ANY (s.types)) AND ${this.matchesCategory}`;
  }

  /** Condition: the event belongs to a category of the scope. */
  get matchesCategory(): string {
    const { category } = this.#events;
    if (category === undefined) return 'true';
    const column = `e.${quoted(category.column)}`;
    const separator = category.separator?.replaceAll("'", "''");
    const name = separator === undefined ? column : `split_part(${column}, '${separator}', 1)`;
    return `(s.categories IS NULL OR ${name} = ANY (s.categories))`;
  }

  /**
   * Events after the checkpoint of the scope. The bounds on the first column are redundant with the row comparison and
   * the snapshot, but they change the estimate of the planner: with both bounds it expects few events, without them a
   * third of the table.
   */
  get after(): string {
    const [first] = this.#places;
    return `${this.from} AND ${first} >= s.c0 AND ${first} <= l.p0
      AND ${row(this.#places)} > ${row(this.#checkpoint)}`;
  }

  /**
   * Events of the type `t.type` after the checkpoint of the scope. The range comparison on the type ensures that only
   * an index that begins with the type provides the order; with an equality the planner would search the index on the
   * position alone.
   */
  get ofTypeAfter(): string {
    return `${this.from} AND ${this.type} >= t.type AND ${this.type} <= t.type
      AND ${row([this.type, ...this.#places])} > ${row(['t.type', ...this.#checkpoint])}`;
  }

  /** All events. */
  get from(): string {
    return `${this.fromTable} WHERE true${this.#conditions}`;
  }

  /** All rows of the event table, events or not: none of them lies beyond the end of the log. */
  get fromTable(): string {
    return `FROM ${quotedTable(this.#events.table)} e`;
  }

  /** Order of events. */
  order(direction: 'ASC' | 'DESC'): string {
    return orderBy(this.#places, direction);
  }

  /** Order of events within each type. */
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
