import { jsonText, jsonValue } from './json-text.format.js';
import type { LogFormat } from '../log-record.js';

const LEVELS = { trace: 10, debug: 20, info: 30, warn: 40, error: 50, fatal: 60 } as const;

/** Lines of pino, for its transports and viewers. Fields keep their names, and those that pino writes itself win. */
export function pinoFormat(): LogFormat {
  return {
    name: 'pino',
    line: (record) => {
      const { fields, scope } = record.parsed();
      const {
        level: _level,
        time: _time,
        msg: _msg,
        name: _name,
        ...rest
      } = { ...scope, ...fields };
      const { span } = record;
      const ids = span === undefined ? {} : { trace_id: span.traceId, span_id: span.spanId };
      const text = jsonValue({ ...rest, ...ids }).slice(1, -1);
      const head = `{"level":${LEVELS[record.level]},"time":${Math.floor(record.timeMs)},"name":${jsonText(record.target)}`;
      return `${head}${text === '' ? '' : `,${text}`},"msg":${jsonText(record.message)}}`;
    },
  };
}
