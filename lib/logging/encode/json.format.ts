import { jsonText } from './json-text.format.js';
import type { LogLevel } from '../log-level.js';
import type { LogFormat, LogRecord } from '../log-record.js';
import { remembering } from './text-cache.js';
import { isoTimes } from './time-text.format.js';

/** Place of the trace and span id in a line. */
export type TraceFields = 'nested' | 'flat' | 'datadog' | 'gcp';

const LEVELS: Readonly<Record<LogLevel, string>> = {
  trace: 'TRACE',
  debug: 'DEBUG',
  info: 'INFO',
  warn: 'WARN',
  error: 'ERROR',
  fatal: 'FATAL',
};

/** The form of the EventFlux document: `timestamp`, `level`, `target`, `message`, `fields`, `span`. */
export function jsonFormat(traceFields: TraceFields = 'nested'): LogFormat {
  const timeText = isoTimes();
  const constantText = remembering(jsonText);
  return {
    name: `json:${traceFields}`,
    line: (record) =>
      `{"timestamp":"${timeText(record.timeMs)}","level":"${LEVELS[record.level]}","target":${constantText(record.target)},` +
      `"message":${constantText(record.message)},"fields":${record.fieldsText}${spanText(record, traceFields)}}`,
  };
}

function spanText({ span, scopeText, scopesText }: LogRecord, traceFields: TraceFields): string {
  const isNested = traceFields === 'nested';
  const ids = span === undefined || !isNested ? '' : idsText(span);
  const members = ids !== '' && scopeText !== '' ? `${ids},${scopeText}` : `${ids}${scopeText}`;
  const scope = members === '' ? '' : `,"span":{${members}}`;
  const scopes = scopesText === undefined ? '' : `,"spans":[${scopesText}]`;
  const flat = span === undefined || isNested ? '' : `,${FLAT[traceFields](span)}`;
  return `${scope}${scopes}${flat}`;
}

type Ids = NonNullable<LogRecord['span']>;

function idsText({ traceId, spanId }: Ids): string {
  return `"trace_id":"${traceId}","span_id":"${spanId}"`;
}

const FLAT: Readonly<Record<Exclude<TraceFields, 'nested'>, (span: Ids) => string>> = {
  flat: idsText,
  datadog: idsText,
  gcp: ({ traceId, spanId }) =>
    `"logging.googleapis.com/trace":"${traceId}","logging.googleapis.com/spanId":"${spanId}"`,
};
