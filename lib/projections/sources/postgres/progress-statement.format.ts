import { EventColumns, orderOf, quoted, quotedTable, SqlValues } from './event-columns.format.js';
import type {
  PostgresCheckpointTable,
  PostgresEventTable,
  PostgresProgressOptions,
} from './postgres-tables.js';

/** Statement that answers for all scopes. Its first parameters are the scopes as JSON, their number, and the limit. */
export interface ProgressStatement {
  readonly text: string;
  /** Values of the remaining parameters. */
  readonly values: readonly unknown[];
}

/**
 * Builds the statement. One statement reads one snapshot: events and checkpoints belong to the same moment.
 *
 * Per scope, the statement inspects `looked_at` events after the checkpoint in their order, at most one more than the
 * limit. When `looked_at` exceeds the limit, the counts are incomplete.
 */
export function progressStatement({
  events,
  checkpoints,
}: PostgresProgressOptions): ProgressStatement {
  const parameters = new SqlValues();
  parameters.add('the scopes');
  parameters.add('their number');
  const limit = `${parameters.add('the limit')}::bigint`;
  const columns = new EventColumns(events, parameters);
  const order = orderOf(events);
  const texts = (name: string, as: string) =>
    order.map((_, i) => `${name}${i}::text AS ${as}${i}`).join(', ');
  const targets = order.map(({ type }, i) => `s.t${i}::${type}`).join(', ');
  const text = `WITH places AS (${placesOf(events, checkpoints, parameters)})
SELECT s.key, s.known, s.given, ${texts('s.c', 'c')}, ${texts('h.p', 'h')}, ${texts('l.p', 'l')}, ${texts('z.p', 'z')},
  w.looked_at, w.pending, w.to_target, w.oldest_ms
FROM places s
LEFT JOIN (SELECT ${columns.places} ${columns.from} ${columns.order('DESC')} LIMIT 1) l ON true
LEFT JOIN (SELECT ${columns.places} ${columns.fromTable} ${columns.order('DESC')} LIMIT 1) z ON true
CROSS JOIN LATERAL (
  SELECT count(*)::float8 AS looked_at, (count(*) FILTER (WHERE e.matches))::float8 AS pending,
    (count(*) FILTER (WHERE e.matches AND (${order.map((_, i) => `e.p${i}`).join(', ')}) <= (${targets})))::float8 AS to_target,
    (extract(epoch FROM min(e.recorded) FILTER (WHERE e.matches)) * 1000)::float8 AS oldest_ms
  FROM (${windowOf(columns, events, `${limit} + 1`)}) e
) w
LEFT JOIN LATERAL (${lastMatchOf(columns, events, limit)}) h ON true`;
  return { text, values: parameters.values.slice(3) };
}

/** Returns the scopes with their start positions, as `c0`, `c1`. */
function placesOf(
  events: PostgresEventTable,
  checkpoints: PostgresCheckpointTable | undefined,
  parameters: SqlValues,
): string {
  const order = orderOf(events);
  const fields = order.map((_, i) => `p${i} text, t${i} text`).join(', ');
  // The planner assumes a hundred rows for the function unless a LIMIT states the actual number.
  const scopes = `(SELECT * FROM json_to_recordset($1::json) AS r(key text, name text, types text[],
    categories text[], told boolean, ${fields}) LIMIT $2::bigint) r`;
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

/** Returns the events to inspect, each with the result of the filter. */
function windowOf(columns: EventColumns, events: PostgresEventTable, limit: string): string {
  const { places, recordedAt, after, ofTypeAfter } = columns;
  const window = (matches: string) =>
    `SELECT ${places}, ${recordedAt} AS recorded, (${matches}) AS matches`;
  const untyped = (matches: string, condition: string) =>
    `${window(matches)} ${after} AND ${condition} ${columns.order('ASC')} LIMIT ${limit}`;
  if (events.hasTypeIndex !== true) return untyped(columns.matches, 's.known');
  const ofType = `${window(columns.matchesCategory)} ${ofTypeAfter} AND s.known
    ${columns.orderOfTypes('ASC')} LIMIT ${limit}`;
  return `(${untyped(columns.matchesCategory, 's.known AND s.types IS NULL')})
    UNION ALL (${ofEachType(ofType)})`;
}

/** Returns the last matching event. The search passes at most as many events as were inspected. */
function lastMatchOf(columns: EventColumns, events: PostgresEventTable, limit: string): string {
  const isCounted = `w.pending > 0 AND w.looked_at <= ${limit}`;
  const last = `SELECT ${columns.places}`;
  const untyped = (condition: string) =>
    `${last} ${columns.after} AND ${isCounted} AND ${condition} ${columns.order('DESC')} LIMIT 1`;
  if (events.hasTypeIndex !== true) return untyped(columns.matches);
  const ofType = `${last} ${columns.ofTypeAfter} AND ${isCounted} AND ${columns.matchesCategory}
    ${columns.orderOfTypes('DESC')} LIMIT 1`;
  const order = orderOf(events).map((_, i) => `m.p${i} DESC`);
  return `SELECT m.* FROM (
      (${untyped(`s.types IS NULL AND ${columns.matchesCategory}`)}) UNION ALL (${ofEachType(ofType)})
    ) m ORDER BY ${order.join(', ')} LIMIT 1`;
}

function ofEachType(select: string): string {
  return `SELECT o.* FROM (SELECT DISTINCT unnest(s.types) AS type) t CROSS JOIN LATERAL (${select}) o`;
}
