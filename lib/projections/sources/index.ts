export { EmmettMemoryProgress } from './emmett/emmett-memory-progress.js';
export type {
  EmmettMemoryDatabase,
  EmmettMemoryOptions,
  EmmettRecordedEvent,
} from './emmett/emmett-memory-progress.js';
export type {
  KafkaAdmin,
  KafkaCommittedOffsets,
  KafkaConsumerGroup,
  KafkaPartitionEnds,
} from './kafka/kafka-admin.js';
export { KafkaProgress } from './kafka/kafka-progress.js';
export { KurrentDbCatchUpProgress } from './kurrentdb/kurrentdb-catch-up-progress.js';
export type {
  KurrentDbGroup,
  KurrentDbGroups,
  KurrentDbGroupState,
} from './kurrentdb/kurrentdb-persistent-progress.js';
export { KurrentDbPersistentProgress } from './kurrentdb/kurrentdb-persistent-progress.js';
export type {
  KurrentDbEvent,
  KurrentDbFilter,
  KurrentDbPatternFilter,
  KurrentDbPosition,
  KurrentDbPrefixFilter,
  KurrentDbReads,
  KurrentDbResolvedEvent,
  KurrentDbSubscription,
} from './kurrentdb/kurrentdb-reads.js';
export type {
  JetStreamConsumer,
  JetStreamConsumerState,
  JetStreamManagerLike,
} from './nats/jetstream-manager.js';
export { NatsProgress } from './nats/nats-progress.js';
export { emmettTables, type EmmettTablesOptions } from './postgres/emmett-tables.js';
export { PostgresProgress } from './postgres/postgres-progress.js';
export type {
  PostgresCheckpointTable,
  PostgresConditions,
  PostgresEventTable,
  PostgresProgressOptions,
  PostgresQueries,
} from './postgres/postgres-tables.js';
export type { RedisCommands, RedisStreamConsumer } from './redis/redis-commands.js';
export { RedisProgress } from './redis/redis-progress.js';
