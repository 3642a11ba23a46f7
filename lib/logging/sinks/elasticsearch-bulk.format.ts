import type { LineService } from '../encode/ecs.format.js';
import { jsonText, jsonValue } from '../encode/json-text.format.js';
import { isoTimes } from '../encode/time-text.format.js';
import type { LogRecord } from '../log-record.js';
import type { ShipAnswer } from './network/http-transport.js';
import type { QueuedLine } from './network/ship-queue.js';
import type { Verdict } from './network/verdict.js';

/** Settings of the documents of one sink. */
export interface BulkSettings {
  /** Name of the index with placeholders: `{service}-logs-{date}`. */
  readonly index: string;
  /** Beginning of all ids of this process, which makes a repeated request harmless. */
  readonly idPrefix: string;
  readonly service: LineService;
  /** Returns the document of a record without its line break. */
  line(record: LogRecord): string;
}

const DATE_LENGTH = 10;
const MONTH_LENGTH = 7;
const JSON_START = '{"timestamp":';
const NOT_IN_NAMES = /[^a-z0-9._-]+/g;

/** Returns a function that encodes the body of a bulk request: two lines for each document. */
export function bulkEncoder(settings: BulkSettings): (lines: readonly QueuedLine[]) => string {
  const timeText = isoTimes();
  return (lines) => {
    let body = '';
    for (const { record, number } of lines) {
      const index = indexName(settings, timeText(record.timeMs));
      const id = `${settings.idPrefix}-${number.toString(36)}`;
      body += `{"create":{"_index":${jsonText(index)},"_id":"${id}"}}\n${documentOf(record, settings)}\n`;
    }
    return body;
  };
}

/** Returns the name of the index for lines of a time. */
export function indexName(
  { index, service }: Pick<BulkSettings, 'index' | 'service'>,
  time: string,
): string {
  return index
    .replaceAll('{date}', time.slice(0, DATE_LENGTH).replaceAll('-', '.'))
    .replaceAll('{month}', time.slice(0, MONTH_LENGTH).replaceAll('-', '.'))
    .replaceAll('{service}', namePart(service.name, 'app'))
    .replaceAll('{environment}', namePart(service.environment, 'default'));
}

function namePart(value: string | undefined, fallback: string): string {
  const part = (value ?? '')
    .toLowerCase()
    .replaceAll(NOT_IN_NAMES, '-')
    .replace(/^[-_.]+/, '');
  return part === '' ? fallback : part;
}

/** A line of the format `json` gets the time and the service under the names that Elasticsearch expects. */
function documentOf(record: LogRecord, { line, service }: BulkSettings): string {
  const text = line(record);
  if (!text.startsWith(JSON_START)) return text;
  const time = text.slice(JSON_START.length, text.indexOf(',', JSON_START.length));
  return `{"@timestamp":${time},"service":${jsonValue(service)},${text.slice(1)}`;
}

interface BulkItem {
  readonly status?: unknown;
  readonly error?: { readonly type?: unknown };
}

/**
 * Reads the status of each document. One that exists already was taken by an earlier request whose answer was lost.
 *
 * @throws for an answer that is not one of a bulk request.
 */
export function readBulk({ body }: ShipAnswer, lines: readonly QueuedLine[]): Verdict {
  const { items } = JSON.parse(body.toString()) as { items: Record<string, BulkItem>[] };
  if (!Array.isArray(items) || items.length !== lines.length) throw new Error('no bulk answer');
  const again: QueuedLine[] = [];
  let refused = 0;
  let problem: string | undefined;
  for (const [i, item] of items.entries()) {
    const { status, error } = Object.values(item)[0] ?? {};
    if (typeof status !== 'number') throw new TypeError('no bulk answer');
    if (status < 300 || status === 409) continue;
    problem ??= `a line was answered with ${status}${typeText(error?.type)}`;
    if (status === 429 || status >= 500) again.push(lines[i] as QueuedLine);
    else refused++;
  }
  return { again, refused, ...(problem !== undefined && { problem }) };
}

/** The type of an error only: its reason quotes the line. */
function typeText(type: unknown): string {
  return typeof type === 'string' && /^\w{1,64}$/.test(type) ? ` (${type})` : '';
}

const KEYWORD = { type: 'keyword', ignore_above: 1_024 };
const TEXT = { type: 'text' };
// Lucene refuses terms above 32766 bytes; a character has up to four.
const FLATTENED = { type: 'flattened', ignore_above: 8_191 };

const MAPPINGS = {
  json: {
    timestamp: { type: 'date' },
    level: KEYWORD,
    target: KEYWORD,
    fields: FLATTENED,
    span: FLATTENED,
    spans: FLATTENED,
    service: { properties: { name: KEYWORD, version: KEYWORD, environment: KEYWORD } },
  },
  ecs: {
    'log.level': KEYWORD,
    'log.logger': KEYWORD,
    'ecs.version': KEYWORD,
    'service.name': KEYWORD,
    'service.version': KEYWORD,
    'service.environment': KEYWORD,
    'trace.id': KEYWORD,
    'span.id': KEYWORD,
    'event.duration': { type: 'long' },
    'event.outcome': KEYWORD,
    'error.type': KEYWORD,
    'error.message': TEXT,
    'error.stack_trace': TEXT,
    labels: FLATTENED,
  },
} as const;

/** Returns the body of an index template whose number of fields is fixed, whatever fields the lines have. */
export function indexTemplate(pattern: string, format: keyof typeof MAPPINGS): string {
  const properties = { '@timestamp': { type: 'date' }, message: TEXT, ...MAPPINGS[format] };
  const template = { mappings: { dynamic: false, properties } };
  return JSON.stringify({ index_patterns: [pattern], priority: 200, template });
}
