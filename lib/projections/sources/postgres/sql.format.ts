import type { PostgresConditions } from './postgres-tables.js';

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
