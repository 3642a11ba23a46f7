import {
  consoleSink,
  fileSink,
  logging,
  type LogSink,
} from '@eventcore/nestjs-observability/logging';

/**
 * Lines about the work of the shop: on the console when `LOG_LEVEL` or `LOG_FORMAT` asks for them, and in `LOG_FILE`.
 * Without these variables the console stays quiet.
 */
export function shopLogging(environment: NodeJS.ProcessEnv) {
  const { LOG_LEVEL: level, LOG_FORMAT: format, LOG_FILE: path } = environment;
  const sinks: LogSink[] = [];
  if (level || format) sinks.push(consoleSink());
  if (path) sinks.push(fileSink({ path, maxBytes: 20_000_000, maxFiles: 3 }));
  // The page shows the newest lines, those that are written nowhere too.
  return logging({ sinks, store: { maxBytes: 4_000_000 } });
}
