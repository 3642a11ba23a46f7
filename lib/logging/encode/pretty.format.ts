import { jsonText, plainText } from './json-text.format.js';
import type { LogFormat, LogRecord } from '../log-record.js';
import { isoTimes } from './time-text.format.js';

const COLORS = { trace: 90, debug: 36, info: 32, warn: 33, error: 31, fatal: 35 } as const;

/**
 * One readable line for a terminal. Control characters of the data are written as escapes, so that no text can move the
 * cursor or fake a line; the stack of an error follows in lines of its own.
 */
export function prettyFormat(colors: boolean): LogFormat {
  const timeText = isoTimes();
  return {
    name: colors ? 'pretty:colors' : 'pretty',
    line: (record) => {
      const level = record.level.toUpperCase().padEnd(5);
      const head = colors ? `\u001b[${COLORS[record.level]}m${level}\u001b[0m` : level;
      const time = timeText(record.timeMs).slice(11, -1);
      return `${time} ${head} ${plainText(record.target)}: ${plainText(record.message)}${tail(record)}`;
    },
  };
}

function tail(record: LogRecord): string {
  const { fields, scope } = record.parsed();
  const { error_stack: stack, ...shown } = { ...scope, ...fields };
  const ids = record.span === undefined ? {} : { trace_id: record.span.traceId };
  const pairs = Object.entries({ ...shown, ...ids }).map(([name, value]) => pairText(name, value));
  const lines = typeof stack === 'string' ? stack.split('\n') : [];
  const text = pairs.length === 0 ? '' : ` ${pairs.join(' ')}`;
  return [text, ...lines.map((it) => `    ${plainText(it.trim())}`)].join('\n');
}

/** Returns `name=value`; a value with blanks is in quotes. */
export function pairText(name: string, value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  const shown = plainText(text);
  return `${plainText(name)}=${/[\s"=]/.test(shown) && typeof value === 'string' ? jsonText(text) : shown}`;
}
