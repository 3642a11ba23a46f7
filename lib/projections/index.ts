/**
 * Progress and lag of projections: sources that read checkpoints and heads, and the port for other sources.
 *
 * @packageDocumentation
 */

export type { CheckpointAnswer, CheckpointSource } from './checkpoint-source.js';
export type { HeadAnswer, HeadReading, HeadSource, PartitionedReading } from './head-source.js';
export type { WaitOptions } from './model/position-waiters.js';
export type { ProjectionState } from './model/projection-state.js';
export type { Checkpoint, Position, PositionVector, ScalarPosition } from './position.js';
export type { ProjectionProgress, ReadFailure } from './projection-progress.js';
export { ProjectionRecorder } from './projection-recorder.js';
export { type ProjectionScope, Unreadable } from './projection-scope.js';
export type { ProjectionSettings } from './projection-settings.js';
export {
  type EmmettMemoryDatabase,
  type EmmettMemoryOptions,
  EmmettMemoryProgress,
  type EmmettRecordedEvent,
} from './sources/emmett-memory-progress.js';
export {
  type KafkaAdmin,
  type KafkaCommittedOffsets,
  type KafkaConsumerGroup,
  type KafkaPartitionEnds,
  KafkaProgress,
} from './sources/kafka-progress.js';
export { KurrentDbCatchUpProgress } from './sources/kurrentdb/kurrentdb-catch-up-progress.js';
export {
  type KurrentDbGroup,
  type KurrentDbGroups,
  type KurrentDbGroupState,
  KurrentDbPersistentProgress,
} from './sources/kurrentdb/kurrentdb-persistent-progress.js';
export type {
  KurrentDbEvent,
  KurrentDbFilter,
  KurrentDbPatternFilter,
  KurrentDbPosition,
  KurrentDbPrefixFilter,
  KurrentDbReads,
  KurrentDbResolvedEvent,
  KurrentDbSubscription,
} from './sources/kurrentdb/kurrentdb-reads.js';
export {
  type JetStreamConsumer,
  type JetStreamConsumerState,
  type JetStreamManagerLike,
  NatsProgress,
} from './sources/nats-progress.js';
export { emmettTables, type EmmettTablesOptions } from './sources/postgres/emmett-tables.js';
export { PostgresProgress } from './sources/postgres/postgres-progress.js';
export type {
  PostgresCheckpointTable,
  PostgresConditions,
  PostgresConnection,
  PostgresEventTable,
  PostgresPool,
  PostgresProgressOptions,
  PostgresQueries,
} from './sources/postgres/postgres-tables.js';
export {
  type RedisCommands,
  RedisProgress,
  type RedisStreamConsumer,
} from './sources/redis-progress.js';
