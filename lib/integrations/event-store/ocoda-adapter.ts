import { errorTypeOf } from '../../kernel/errors/error-description.js';
import type { EventStoreAdapter } from './event-store-adapter.js';

interface EventStream {
  readonly streamId: string;
}

const byStream = { stream: ({ streamId }: EventStream) => streamId };
// Errors of MongoDB and DynamoDB for an existing version.
const DUPLICATE_KEY = 11_000;
const CONDITION_FAILED = /^(ConditionalCheckFailed|TransactionCanceled)Exception$/;

/**
 * Adapter for the event stores of `@ocoda/event-sourcing`. An append includes the publication of its events, and its
 * duration covers it. The events have no metadata, so they carry no trace context.
 */
export const ocodaAdapter: EventStoreAdapter = {
  methods: {
    appendEvents: {
      ...byStream,
      operation: 'append',
      events: (_result, ...args) => args[2] as readonly unknown[],
      version: (_result, _stream, version: number) => version,
    },
    getEvents: { ...byStream, operation: 'read' },
    getEvent: { ...byStream, operation: 'read_one', events: () => 1 },
    getEnvelopes: { ...byStream, operation: 'read', optional: true },
    getEnvelope: { ...byStream, operation: 'read_one', events: () => 1, optional: true },
  },
  conflict: (error) =>
    CONDITION_FAILED.test(errorTypeOf(error)) ||
    (error as { readonly code?: unknown } | null)?.code === DUPLICATE_KEY,
  absent: (error) => errorTypeOf(error) === 'EventNotFoundException',
};
