import { ConfigurationError } from '../../kernel/configuration-error.js';
import { errorKind } from '../../kernel/faults.js';
import { assertOptions } from '../../options/assert-options.js';
import { group, type OptionDescription } from '../../options/description.js';
import { text, wholeNumber, oneOf } from '../../options/standard-options.js';
import type { LogFormatName } from '../encode/line-formats.js';
import type { LogLevel } from '../log-level.js';
import { FileOutput } from './file-output.js';
import { LogFile, type LogFileSettings } from './log-file.js';
import type { LogSink } from './log-sink.js';
import { bufferedBytes, formatName, level } from './sink-options.js';

/** Options of {@link fileSink}. */
export interface FileSinkOptions {
  /**
   * Path of the file, in a folder that exists. `{pid}` stands for the id of the process: workers of a cluster must not
   * share a file that is rotated.
   */
  readonly path: string;
  /** Format of the lines. @defaultValue `json` */
  readonly format?: LogFormatName;
  /** Lowest level of the sink. @defaultValue every level that is written */
  readonly level?: LogLevel;
  /** Bytes from which the file is rotated. @defaultValue 104857600 */
  readonly maxBytes?: number;
  /** Rotated files that are kept, `path.1` being the newest. @defaultValue 5 */
  readonly maxFiles?: number;
  /** Permissions of a new file. @defaultValue 0o640 */
  readonly mode?: number;
  /** Bytes that wait for a slow or full disk; lines beyond them are dropped and counted. @defaultValue 1048576 */
  readonly maxBufferedBytes?: number;
  /** Lines that are dropped: the newest, or the oldest that wait. @defaultValue 'newest' */
  readonly drop?: 'newest' | 'oldest';
}

/** A file sink, which can open its file again. */
export interface FileSink extends LogSink {
  /** Opens the path again, after a tool such as logrotate has renamed the file. */
  reopen(): void;
}

const DEFAULT_BYTES = 104_857_600;
const DEFAULT_FILES = 5;
const DEFAULT_MODE = 0o640;
const DEFAULT_BUFFERED = 1_048_576;
const LONGEST_PATH = 4_096;

/** Description of the options of {@link fileSink}. The reference of options reads it. @public */
export const fileSinkOptions: OptionDescription = group<FileSinkOptions>({
  path: text(LONGEST_PATH, { required: true, remedy: "Pass something like '/var/log/shop.log'." }),
  format: formatName(),
  level: level(),
  maxBytes: wholeNumber(1_024, Number.MAX_SAFE_INTEGER),
  maxFiles: wholeNumber(0, 1_000),
  mode: wholeNumber(0, 0o777),
  maxBufferedBytes: bufferedBytes(),
  drop: oneOf(['newest', 'oldest']),
});

/**
 * Sink that appends to a file and rotates it by size.
 *
 * @throws ConfigurationError `OBS_OPTION_INVALID`; for a path that cannot be written, while the application starts.
 */
export function fileSink(options: FileSinkOptions): FileSink {
  assertOptions('fileSink()', fileSinkOptions, options);
  const { format = 'json', level: lowest, maxBufferedBytes = DEFAULT_BUFFERED } = options;
  const { maxBytes = DEFAULT_BYTES, maxFiles = DEFAULT_FILES, mode = DEFAULT_MODE } = options;
  const path = options.path.replaceAll('{pid}', String(process.pid));
  const open = new Map<LogFile, (fault: unknown) => void>();
  return {
    name: 'file',
    level: lowest,
    open: (host) => {
      const file = openFile({ path, mode, maxBytes, maxFiles });
      const output = new FileOutput({
        host,
        format: host.formats.of(format),
        file,
        maxBufferedBytes,
        dropsOldest: options.drop === 'oldest',
      });
      open.set(file, (fault) => host.report(fault));
      return {
        write: (record) => output.write(record),
        flush: () => output.flush(),
        flushSync: () => output.flushSync(),
        close: () => {
          open.delete(file);
          return output.close();
        },
        get bufferedBytes() {
          return output.bufferedBytes;
        },
      };
    },
    reopen: () => {
      for (const [file, report] of open) reopen(file, report);
    },
  };
}

function reopen(file: LogFile, report: (fault: unknown) => void): void {
  try {
    file.reopen();
  } catch (fault) {
    report(fault);
  }
}

function openFile(settings: LogFileSettings): LogFile {
  try {
    return new LogFile(settings);
  } catch (error) {
    throw new ConfigurationError('OBS_OPTION_INVALID', {
      subject: 'fileSink().path',
      value: settings.path,
      rule: `must be a file that can be written (${errorKind(error)})`,
      remedy: 'Create its folder, or give this process the right to write there.',
    });
  }
}
