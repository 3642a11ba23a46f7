import type { Writable } from 'node:stream';
import { ConfigurationError } from '../../kernel/configuration-error.js';
import { assertOptions } from '../../options/assert-options.js';
import { group, type OptionDescription } from '../../options/description.js';
import { hasMethods } from '../../options/standard-options.js';
import type { LogFormatName } from '../encode/line-formats.js';
import type { LogLevel } from '../log-level.js';
import type { LogSink } from './log-sink.js';
import { bufferedBytes, formatName, level } from './sink-options.js';
import { StreamOutput } from './stream-output.js';

/** Options of {@link streamSink}. */
export interface StreamSinkOptions {
  /** Format of the lines. @defaultValue `LOG_FORMAT`, else `json` */
  readonly format?: LogFormatName;
  /** Lowest level of the sink. @defaultValue every level that is written */
  readonly level?: LogLevel;
  /** Bytes that wait for a slow stream; further lines are dropped and counted. @defaultValue 1048576 */
  readonly maxBufferedBytes?: number;
}

const DEFAULT_BUFFERED = 1_048_576;

/** Description of the options of {@link streamSink}. The reference of options reads it. @public */
export const streamSinkOptions: OptionDescription = group<StreamSinkOptions>({
  format: formatName(),
  level: level(),
  maxBufferedBytes: bufferedBytes(),
});

/**
 * Sink that writes lines to a stream, such as a transport of pino (with `format: 'pino'`). The stream stays the
 * caller's: the sink never ends it.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`
 */
export function streamSink(stream: Writable, options: StreamSinkOptions = {}): LogSink {
  if (!hasMethods(['write', 'on'])(stream)) {
    const rule = 'must be a writable stream';
    const remedy = 'Pass something like pino.transport({ target }).';
    throw new ConfigurationError('OBS_OPTION_INVALID', {
      subject: 'streamSink()',
      value: typeof stream,
      rule,
      remedy,
    });
  }
  assertOptions('streamSink()', streamSinkOptions, options);
  const { format, level: lowest, maxBufferedBytes = DEFAULT_BUFFERED } = options;
  return {
    name: 'stream',
    level: lowest,
    open: (host) =>
      new StreamOutput(stream, {
        sink: 'stream',
        host,
        format: host.formats.of(format),
        maxBufferedBytes,
      }),
  };
}
