import { errorTypeOf } from '../../kernel/errors/error-description.js';
import { carriedEvents, type EventStoreAdapter, withArgument } from './event-store-adapter.js';

const byStream = { stream: (stream: string) => stream };
const CONFLICT = /Concurrency|Conflict|OptimisticLock|ExpectedVersion|VersionMismatch/i;

/**
 * Adapter for any store with `append(stream, events, …)` and `readStream(stream, …)`. `events` is an event or an array,
 * plain events keep their metadata under `metadata`, and the class name of an error identifies a conflict.
 */
export const plainAdapter: EventStoreAdapter = {
  methods: {
    append: {
      ...byStream,
      operation: 'append',
      events: (_result, _stream, events) => (Array.isArray(events) ? events.length : 1),
      prepare: (args, call) => withArgument(args, 1, carriedEvents(args[1], call)),
    },
    readStream: { ...byStream, operation: 'read' },
    readAll: { operation: 'read_all', category: 'all', optional: true },
  },
  conflict: (error) => CONFLICT.test(errorTypeOf(error)),
};
