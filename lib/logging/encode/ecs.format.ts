import type { Caller } from './caller.js';
import { jsonText, jsonValue } from './json-text.format.js';
import type { LogFormat, LogRecord } from '../log-record.js';
import { isoTimes } from './time-text.format.js';

/** Service that lines come from. */
export interface LineService {
  /** `serviceName` of the module. */
  readonly name?: string | undefined;
  /** `serviceVersion` of the module. */
  readonly version?: string | undefined;
  /** `environment` of the module. */
  readonly environment?: string | undefined;
}

const NS_PER_MS = 1_000_000;

// Fields of ours with a name of their own in the Elastic Common Schema.
const ERRORS: Readonly<Record<string, string>> = {
  error_type: 'error.type',
  error_message: 'error.message',
  error_stack: 'error.stack_trace',
};

const OUTCOMES: Readonly<Record<string, string>> = {
  success: 'success',
  rejected: 'failure',
  failure: 'failure',
};

/**
 * Elastic Common Schema. Source: https://www.elastic.co/docs/reference/ecs and
 * https://github.com/elastic/ecs-logging/tree/main/spec
 */
export function ecsFormat(service: LineService = {}): LogFormat {
  const timeText = isoTimes();
  const serviceText = serviceTexts(service);
  return {
    name: 'ecs',
    line: (record) =>
      `{"@timestamp":"${timeText(record.timeMs)}","log.level":"${record.level}","message":${jsonText(record.message)},` +
      `"ecs.version":"8.10.0","log.logger":${jsonText(record.target)}${serviceText()}${idsText(record)}${fieldsText(record)}}`,
  };
}

/** The service is known once the application has started: later than the first lines. */
function serviceTexts(service: LineService): () => string {
  let known: string | undefined = '';
  let text = '';
  return () => {
    const { name, version, environment } = service;
    if (name === known) return text;
    known = name;
    const members = { name, version, environment };
    text = Object.entries(members)
      .map(([key, value]) => (value === undefined ? '' : `,"service.${key}":${jsonText(value)}`))
      .join('');
    return text;
  };
}

function idsText({ span }: LogRecord): string {
  return span === undefined ? '' : `,"trace.id":"${span.traceId}","span.id":"${span.spanId}"`;
}

/** Known fields under their names in the schema, and all others as texts under `labels`. */
function fieldsText(record: LogRecord): string {
  const { fields, scope } = record.parsed();
  const known: Record<string, unknown> = {};
  const labels: Record<string, unknown> = {};
  for (const [name, value] of [...Object.entries(scope), ...Object.entries(fields)]) {
    const error = ERRORS[name];
    if (error !== undefined && typeof value === 'string') known[error] = value;
    else if (name === 'duration_ms' && typeof value === 'number')
      known['event.duration'] = Math.round(value * NS_PER_MS);
    else if (name === 'source' && isCaller(value)) known['log.origin'] = originOf(value);
    else labels[name] = labelOf(value);
    const outcome = name === 'outcome' && OUTCOMES[String(value)];
    if (outcome) known['event.outcome'] = outcome;
  }
  if (Object.keys(labels).length > 0) known['labels'] = labels;
  const text = jsonValue(known).slice(1, -1);
  return text === '' ? '' : `,${text}`;
}

/** Returns true for a field with a place in the source code. */
export function isCaller(value: unknown): value is Caller {
  if (typeof value !== 'object' || value === null) return false;
  const { file, line } = value as Partial<Record<keyof Caller, unknown>>;
  return typeof file === 'string' && typeof line === 'number';
}

function originOf({ file, line, function: name }: Caller): object {
  return { file: { name: file, line }, function: name };
}

function labelOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}
