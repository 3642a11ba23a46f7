import { type LogFormat, LogRecord } from '../log-record.js';
import { ecsFormat, type LineService } from './ecs.format.js';
import { jsonValue } from './json-text.format.js';
import { jsonFormat, type TraceFields } from './json.format.js';
import { pinoFormat } from './pino.format.js';
import { prettyFormat } from './pretty.format.js';

/** Name of a format of lines. */
export type LogFormatName = 'json' | 'ecs' | 'pretty' | 'pino';

/** Settings of the formats of one application. */
export interface LineFormatsDeps {
  readonly service: LineService;
  readonly traceFields: TraceFields;
  /** Format of sinks that name none. */
  readonly fallback: LogFormatName;
  readonly maxLineBytes: number;
  readonly colors: boolean;
}

const LONGEST_MESSAGE = 1_024;
const LONGEST_FIELD = 256;
// A character has at most three bytes per UTF-16 code unit.
const MOST_BYTES = 3;

/** Formats of one application, each made once, so that sinks share the text of a line. */
export class LineFormats {
  readonly #deps: LineFormatsDeps;
  readonly #made = new Map<LogFormatName, LogFormat>();

  /** @internal */
  constructor(deps: LineFormatsDeps) {
    this.#deps = deps;
  }

  /** Returns a format by its name. */
  of(name: LogFormatName = this.#deps.fallback): LogFormat {
    const known = this.#made.get(name);
    if (known !== undefined) return known;
    const made = this.#make(name);
    this.#made.set(name, made);
    return made;
  }

  /** Returns the text of a record within the limit of a line. */
  line(record: LogRecord, format: LogFormat): string {
    const { maxLineBytes } = this.#deps;
    const text = record.text(format);
    if (text.length * MOST_BYTES <= maxLineBytes || Buffer.byteLength(text) <= maxLineBytes)
      return text;
    return format.line(shortened(record));
  }

  #make(name: LogFormatName): LogFormat {
    const { service, traceFields, colors } = this.#deps;
    switch (name) {
      case 'json':
        return jsonFormat(traceFields);
      case 'ecs':
        return ecsFormat(service);
      case 'pretty':
        return prettyFormat(colors);
      case 'pino':
        return pinoFormat();
    }
  }
}

function shortened(record: LogRecord): LogRecord {
  const { fields } = record.parsed();
  const short = Object.entries(fields)
    .slice(0, 40)
    .map(([name, value]) => {
      const isLong = JSON.stringify(value).length > LONGEST_FIELD;
      return [name.slice(0, LONGEST_FIELD), isLong ? '[Truncated]' : value] as const;
    });
  const { message, timeMs, level, target, span } = record;
  const isLong = message.length > LONGEST_MESSAGE;
  return new LogRecord({
    timeMs,
    level,
    target: target.slice(0, LONGEST_FIELD),
    span,
    message: isLong ? `${message.slice(0, LONGEST_MESSAGE)}[Truncated]` : message,
    fieldsText: jsonValue(Object.fromEntries(short)),
  });
}
