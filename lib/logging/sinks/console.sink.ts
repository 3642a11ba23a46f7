import { LEVEL_RANKS, type LogLevel } from '../log-level.js';
import type { LogFormatName } from '../encode/line-formats.js';
import { assertOptions } from '../../options/assert-options.js';
import { group, type OptionDescription } from '../../options/description.js';
import { bufferedBytes, formatName, level } from './sink-options.js';
import type { LogSink } from './log-sink.js';
import { StreamOutput } from './stream-output.js';

/** Options of {@link consoleSink}. */
export interface ConsoleSinkOptions {
  /** Format of the lines. @defaultValue `LOG_FORMAT`, else `pretty` on a terminal outside production, else `json` */
  readonly format?: LogFormatName;
  /** Lowest level of the sink. @defaultValue every level that is written */
  readonly level?: LogLevel;
  /** Lowest level of lines that go to stderr. @defaultValue all lines go to stdout */
  readonly stderrFrom?: LogLevel;
  /** Bytes that wait for a slow reader; further lines are dropped and counted. @defaultValue 1048576 */
  readonly maxBufferedBytes?: number;
}

const DEFAULT_BUFFERED = 1_048_576;
const NEVER = 99;

/** Description of the options of {@link consoleSink}. The reference of options reads it. @public */
export const consoleSinkOptions: OptionDescription = group<ConsoleSinkOptions>({
  format: formatName(),
  level: level(),
  stderrFrom: level(),
  maxBufferedBytes: bufferedBytes(),
});

/**
 * Sink that writes to stdout, in batches of one turn of the event loop.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 */
export function consoleSink(options: ConsoleSinkOptions = {}): LogSink {
  assertOptions('consoleSink()', consoleSinkOptions, options);
  const { format, level: lowest, stderrFrom, maxBufferedBytes = DEFAULT_BUFFERED } = options;
  const stderrRank = stderrFrom === undefined ? NEVER : LEVEL_RANKS[stderrFrom];
  return {
    name: 'console',
    level: lowest,
    open: (host) => {
      const deps = { sink: 'console', host, format: host.formats.of(format), maxBufferedBytes };
      const out = new StreamOutput(process.stdout, deps);
      if (stderrFrom === undefined) return out;
      const err = new StreamOutput(process.stderr, deps);
      return {
        write: (record) => (LEVEL_RANKS[record.level] >= stderrRank ? err : out).write(record),
        flush: async () => void (await Promise.all([out.flush(), err.flush()])),
        flushSync: () => [out, err].forEach((it) => it.flushSync()),
        close: async () => void (await Promise.all([out.close(), err.close()])),
        get bufferedBytes() {
          return out.bufferedBytes + err.bufferedBytes;
        },
      };
    },
  };
}
