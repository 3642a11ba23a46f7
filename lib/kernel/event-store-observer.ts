import type { ErrorDescription } from './error-classification.js';
import type { SampledSpan } from './sampled-span.js';

/** What an operation does to the events that it is about. */
export type StoreEffect = 'append' | 'read' | 'none';

/** Remembers what happens to event stores. */
export interface EventStoreObserver {
  /** Called once per operation; what it returns is called for every call. */
  bind(operation: string): OperationObserver;
  /** The version that a stream has at least. */
  streamVersion(stream: string, version: number): void;
}

/** Receives what one operation on an event store did. Durations are in seconds. */
export interface OperationObserver {
  succeeded(durationSeconds: number): void;
  failed(durationSeconds: number, error: ErrorDescription): void;
  /** An operation that ended had a sampled span: told after its end, with the duration that was told there. */
  sampled?(outcome: 'success' | 'failure', durationSeconds: number, span: SampledSpan): void;
  /** Something that had succeeded broke off later: a subscription was dropped. */
  interrupted(error: ErrorDescription): void;
  written(category: string, events: number): void;
  read(category: string, events: number): void;
  /** The stream had moved on. */
  conflicted(category: string): void;
}
