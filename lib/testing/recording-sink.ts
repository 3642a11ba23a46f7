import type { LogSink } from '../logging/sinks/log-sink.js';
import { type StoredLine, storedLine } from '../logging/log-store.js';

/** A sink that remembers its lines. */
export interface RecordingSink extends LogSink {
  /** Lines so far, the oldest first. */
  readonly lines: readonly StoredLine[];
  /** Forgets all lines. */
  clear(): void;
}

/**
 * Sink that remembers each line, redacted as in every other sink, for assertions.
 *
 * @example
 * ```ts
 * import { logging } from '@eventcore/nestjs-observability/logging';
 * import { recordingSink } from '@eventcore/nestjs-observability/testing';
 *
 * const sink = recordingSink();
 * export const plugins = [logging({ level: 'debug', sinks: [sink] })];
 * // … after the call: expect(sink.lines.map(({ message }) => message)).toContain('Parcel handed over');
 * ```
 */
export function recordingSink(): RecordingSink {
  const lines: StoredLine[] = [];
  return {
    name: 'recording',
    lines,
    clear: () => void lines.splice(0),
    open: () => ({
      write: (record) => void lines.push(storedLine(record)),
      flush: async () => {},
      close: async () => {},
    }),
  };
}
