import type { LogSink } from '../../../lib/logging/index.js';

/** A line of the format `json`. */
export interface Line {
  readonly timestamp: string;
  readonly level: string;
  readonly target: string;
  readonly message: string;
  readonly fields: Record<string, unknown>;
  readonly span?: Record<string, unknown>;
  readonly spans?: Record<string, unknown>[];
}

/** A sink that keeps the JSON of each line. */
export function textSink(lines: string[]): LogSink {
  return {
    name: 'text',
    open: ({ formats }) => ({
      write: (record) => void lines.push(formats.line(record, formats.of('json'))),
      flush: async () => {},
      close: async () => {},
    }),
  };
}

/** The parsed lines of one target. */
export function linesOf(lines: readonly string[], target: string): Line[] {
  return lines.map((it) => JSON.parse(it) as Line).filter((it) => it.target === target);
}
