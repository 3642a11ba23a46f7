import type { TraceQuery } from '../trace-query.js';
import { goDuration } from '../unix-time.format.js';

const PLAIN_NAME = /^[A-Za-z_][\w.\-/]*$/;

/**
 * The query as one TraceQL spanset filter. The range of time is no part of it: Tempo takes that beside the query.
 * Source: https://grafana.com/docs/tempo/latest/traceql/construct-traceql-queries/
 */
export function formatTraceQl(query: TraceQuery): string {
  const { service, name, status, minDurationMs, maxDurationMs, attributes = {} } = query;
  const criteria = [
    service !== undefined && `resource.service.name = ${formatText(service)}`,
    name !== undefined && `name = ${formatText(name)}`,
    status !== undefined && (status === 'error' ? 'status = error' : 'status != error'),
    minDurationMs !== undefined && `duration >= ${goDuration(minDurationMs, Math.floor)}`,
    maxDurationMs !== undefined && `duration <= ${goDuration(maxDurationMs, Math.ceil)}`,
    ...Object.entries(attributes).map(
      ([key, value]) => `span.${formatName(key)} = ${formatValue(value)}`,
    ),
  ].filter((it) => it !== false);
  return criteria.length === 0 ? '{}' : `{ ${criteria.join(' && ')} }`;
}

/** Names with other characters are quoted; only these two escapes are allowed there. */
function formatName(name: string): string {
  return PLAIN_NAME.test(name) ? name : `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function formatValue(value: string | number | boolean): string {
  // -0 is 0 for everybody but String().
  return typeof value === 'string' ? formatText(value) : String(value === 0 ? 0 : value);
}

/** A text of TraceQL is one of Go, which knows all escapes of JSON but those of lone surrogates. */
function formatText(text: string): string {
  return JSON.stringify(text.toWellFormed());
}
