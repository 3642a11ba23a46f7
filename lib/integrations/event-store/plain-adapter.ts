import { errorTypeOf } from '../../kernel/error-classification.js';
import { carriedEvents, type EventStoreAdapter, withArgument } from './event-store-adapter.js';

const byStream = { stream: (stream: string) => stream };
const CONFLICT = /Concurrency|Conflict|OptimisticLock|ExpectedVersion|VersionMismatch/i;

/**
 * Any store with `append(stream, events, …)` and `readStream(stream, …)`, where `events` is an event or a list of them,
 * plain events keep their metadata under `metadata`, and the class of an error names a conflict.
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
