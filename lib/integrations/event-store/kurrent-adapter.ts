import type {
  PreparedCall,
  StreamEvents,
} from '../../instrumentation/event-store/store-operation-options.js';
import { errorTypeOf } from '../../kernel/errors/error-description.js';
import {
  carriedEvents,
  type EventStoreAdapter,
  type EventStoreMethod,
  withArgument,
} from './event-store-adapter.js';

interface AppendRequest {
  readonly streamName: string;
  readonly events: readonly unknown[];
}

interface RecordInput {
  readonly streamName: string;
  readonly record: unknown;
}

interface AppendResult {
  readonly success?: boolean;
  readonly nextExpectedRevision?: bigint;
}

const byStream = { stream: (stream: string) => stream };
const ofAll = { category: 'all' };
const countOf = (events: unknown): number => (Array.isArray(events) ? events.length : 1);

const subscription = { operation: 'subscribe', live: true, optional: true } as const;

const methods: Readonly<Record<string, EventStoreMethod>> = {
  appendToStream: {
    ...byStream,
    operation: 'append',
    events: (_result, _stream, events) => countOf(events),
    version: (result: AppendResult) => result.nextExpectedRevision,
    // With `throwOnAppendFailure: false`, a conflict does not throw.
    conflicted: (result: AppendResult | undefined) => result?.success === false,
    prepare: (args, call) => withArgument(args, 1, carriedEvents(args[1], call)),
  },
  multiStreamAppend: {
    operation: 'append_multi',
    optional: true,
    perStream: (requests: readonly AppendRequest[]) =>
      requests.map(({ streamName, events }) => ({ stream: streamName, events: countOf(events) })),
    prepare: (args, call) => withArgument(args, 0, carriedRequests(args[0], call)),
  },
  appendRecords: {
    operation: 'append_multi',
    optional: true,
    perStream: (records: readonly RecordInput[]) => recordsByStream(records),
    prepare: (args, call) => withArgument(args, 0, carriedRecords(args[0], call)),
  },
  readStream: { ...byStream, operation: 'read' },
  readAll: { ...ofAll, operation: 'read_all' },
  subscribeToStream: { ...byStream, ...subscription },
  subscribeToAll: { ...ofAll, ...subscription },
  subscribeToPersistentSubscriptionToStream: { ...byStream, ...subscription },
  subscribeToPersistentSubscriptionToAll: { ...ofAll, ...subscription },
  deleteStream: { ...byStream, operation: 'delete', effect: 'none', optional: true },
  tombstoneStream: { ...byStream, operation: 'delete', effect: 'none', optional: true },
};

/**
 * Adapter for the KurrentDB client `@kurrent/kurrentdb-client`, and for the EventStoreDB client, which has the same
 * methods.
 */
export const kurrentAdapter: EventStoreAdapter = {
  system: 'kurrentdb',
  methods,
  conflict,
  absent: (error) => errorTypeOf(error) === 'StreamNotFoundError',
};

interface ConflictError {
  readonly streamName?: unknown;
  readonly violations?: readonly { readonly streamName?: unknown }[];
}

/** Returns the stream with the version conflict, if the error names it. */
function conflict(error: unknown): boolean | string {
  const type = errorTypeOf(error);
  if (type !== 'WrongExpectedVersionError' && type !== 'AppendConsistencyViolationError') {
    return false;
  }
  const { streamName, violations } = error as ConflictError;
  const stream = streamName ?? violations?.[0]?.streamName;
  return typeof stream === 'string' ? stream : true;
}

function recordsByStream(records: readonly RecordInput[]): StreamEvents[] {
  const events = new Map<string, number>();
  for (const { streamName } of records) events.set(streamName, (events.get(streamName) ?? 0) + 1);
  return [...events].map(([stream, count]) => ({ stream, events: count }));
}

function carriedRequests(requests: unknown, call: PreparedCall): unknown {
  if (!Array.isArray(requests)) return requests;
  return (requests as readonly AppendRequest[]).map((it) => ({
    ...it,
    events: carriedEvents(it.events, call),
  }));
}

function carriedRecords(records: unknown, call: PreparedCall): unknown {
  if (!Array.isArray(records)) return records;
  return (records as readonly RecordInput[]).map((it) => ({
    ...it,
    record: carriedEvents(it.record, call),
  }));
}
