import { EventColumns, orderOf } from './event-columns.format.js';
import type {
  PostgresCheckpointTable,
  PostgresEventTable,
  PostgresProgressOptions,
} from './postgres-tables.js';
import { quoted, quotedTable, SqlValues } from './sql.format.js';

/** One statement that answers for all scopes; the first parameter is the scopes as JSON. */
export interface ProgressStatement {
  readonly text: string;
  /** Values of the parameters after the first. */
  readonly values: readonly unknown[];
}

/**
 * Writes the statement. One statement is one snapshot: events and checkpoints are of the same moment.
 *
 * Per scope, `looked_at` events after the checkpoint are looked at in their order, at most one more than the limit: when
 * it is more than the limit, what was counted is not all.
 */
export function progressStatement({
  events,
  checkpoints,
  countLimit,
}: Required<Pick<PostgresProgressOptions, 'events' | 'countLimit'>> &
  PostgresProgressOptions): ProgressStatement {
  const parameters = new SqlValues();
  parameters.add(undefined);
  const columns = new EventColumns(events, parameters);
  const limit = `${parameters.add(countLimit)}::bigint`;
  const order = orderOf(events);
  const texts = (name: string, as: string) =>
    order.map((_, i) => `${name}${i}::text AS ${as}${i}`).join(', ');
  const targets = order.map(({ type }, i) => `s.t${i}::${type}`).join(', ');
  const text = `WITH places AS (${placesOf(events, checkpoints, parameters)})
SELECT s.key, s.known, s.given, ${texts('s.c', 'c')}, ${texts('h.p', 'h')}, ${texts('l.p', 'l')},
  w.looked_at, w.pending, w.to_target, w.oldest_ms
FROM places s
CROSS JOIN LATERAL (
  SELECT count(*)::int AS looked_at, (count(*) FILTER (WHERE e.matches))::int AS pending,
    (count(*) FILTER (WHERE e.matches AND (${order.map((_, i) => `e.p${i}`).join(', ')}) <= (${targets})))::int AS to_target,
    (extract(epoch FROM min(e.recorded) FILTER (WHERE e.matches)) * 1000)::float8 AS oldest_ms
  FROM (${windowOf(columns, events, `${limit} + 1`)}) e
) w
LEFT JOIN LATERAL (${lastMatchOf(columns, events, limit)}) h ON true
LEFT JOIN (SELECT ${columns.places} ${columns.from} ${columns.order('DESC')} LIMIT 1) l ON true`;
  return { text, values: parameters.values.slice(1) };
}

/** The scopes with the places from which to count, as `c0` and so on. */
function placesOf(
  events: PostgresEventTable,
  checkpoints: PostgresCheckpointTable | undefined,
  parameters: SqlValues,
): string {
  const order = orderOf(events);
  const fields = order.map((_, i) => `p${i} text, t${i} text`).join(', ');
  const scopes = `json_to_recordset($1::json) AS r(key text, name text, types text[], categories text[], told boolean, ${fields})`;
  const kept = `r.key, r.types, r.categories, ${order.map((_, i) => `r.t${i}`).join(', ')}`;
  const from = (value: (i: number) => string) =>
    order
      .map(({ type, origin }, i) => `COALESCE(${value(i)}::${type}, ${origin}) AS c${i}`)
      .join(', ');
  if (checkpoints === undefined) {
    return `SELECT ${kept}, r.told AS known, r.p0 IS NOT NULL AS given, ${from((i) => `r.p${i}`)} FROM ${scopes}`;
  }
  const { table, projection, position, transactionId, where } = checkpoints;
  const columns = transactionId === undefined ? [position] : [transactionId, position];
  const named = columns.map((it) => `c.${quoted(it)}`);
  const conditions = parameters.conditions('c', where);
  return `SELECT ${kept}, true AS known, ${named[0]} IS NOT NULL AS given, ${from((i) => `${named[i]}::text`)}
  FROM ${scopes} LEFT JOIN ${quotedTable(table)} c ON c.${quoted(projection)} = r.name${conditions}`;
}

/** The events to look at, each with whether it matches. */
function windowOf(columns: EventColumns, events: PostgresEventTable, limit: string): string {
  const { places, recordedAt } = columns;
  const window = (matches: string, condition: string) =>
    `SELECT ${places}, ${recordedAt} AS recorded, (${matches}) AS matches
      ${columns.after(condition)} ${columns.order('ASC')} LIMIT ${limit}`;
  if (events.hasTypeIndex !== true) return window(columns.matches, 's.known');
  const ofType = window(columns.matchesCategory, `s.known AND ${columns.type} = t.type`);
  return `(${window(columns.matches, 's.known AND s.types IS NULL')}) UNION ALL
    (SELECT o.* FROM (SELECT DISTINCT unnest(s.types) AS type) t CROSS JOIN LATERAL (${ofType}) o)`;
}

/** The last event that matches: at most as many are passed on the way to it as were looked at. */
function lastMatchOf(columns: EventColumns, events: PostgresEventTable, limit: string): string {
  const isCounted = `w.pending > 0 AND w.looked_at <= ${limit}`;
  const last = (condition: string) =>
    `SELECT ${columns.places} ${columns.after(`${isCounted} AND ${condition}`)} ${columns.order('DESC')} LIMIT 1`;
  if (events.hasTypeIndex !== true) return last(columns.matches);
  const ofType = last(`${columns.type} = t.type AND ${columns.matchesCategory}`);
  const order = orderOf(events).map((_, i) => `m.p${i} DESC`);
  return `SELECT m.* FROM (
      (${last(`s.types IS NULL AND ${columns.matchesCategory}`)}) UNION ALL
      (SELECT o.* FROM (SELECT DISTINCT unnest(s.types) AS type) t CROSS JOIN LATERAL (${ofType}) o)
    ) m ORDER BY ${order.join(', ')} LIMIT 1`;
}
