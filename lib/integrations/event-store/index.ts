/**
 * Observation of event stores: ready-made adapters and the port for other stores.
 *
 * @packageDocumentation
 */

export type {
  ArgumentHook,
  EventStoreOperationOptions,
  PreparedCall,
  ResultHook,
  StreamEvents,
} from '../../instrumentation/event-store/store-operation-options.js';
export type { EventFilter, StoreEffect } from '../../kernel/observer.js';
export {
  type EventStoreFailure,
  type EventStoreResult,
  ManualEventStoreOperation,
} from '../../module/recording/manual-event-store-operation.js';
export {
  emmettAdapter,
  type EmmettDatabase,
  emmettPostgresAdapter,
  emmettStreamCount,
} from './emmett-adapter.js';
export type {
  EventStoreAdapter,
  EventStoreMethod,
  EventStoreOptions,
  InstrumentStore,
  StreamCountLimits,
} from './event-store-adapter.js';
export { kurrentAdapter } from './kurrent-adapter.js';
export { ocodaAdapter } from './ocoda-adapter.js';
export { plainAdapter } from './plain-adapter.js';
