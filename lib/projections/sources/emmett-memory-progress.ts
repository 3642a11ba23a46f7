import { eventTimeMs } from '../../kernel/hooks.js';
import { systemClock } from '../../kernel/clock.js';
import type { HeadAnswer, HeadReading, HeadSource } from '../head-source.js';
import { type Checkpoint, hasReached } from '../position.js';
import type { ProjectionScope } from '../projection-scope.js';
import { answersOf, untilAborted } from './scope-answers.js';

/** Methods of Emmett's in-memory database that {@link EmmettMemoryProgress} calls. */
export interface EmmettMemoryDatabase {
  /**
   * Returns a collection of documents.
   *
   * @param name - Name of the collection.
   * @returns The collection.
   */
  collection(name: string): {
    /** Returns all documents. */
    find(): Promise<readonly object[]>;
  };
}

/** Fields of an appended event that {@link EmmettMemoryProgress} reads. */
export interface EmmettRecordedEvent {
  /** Event type. */
  readonly type: string;
  /** Location of the event. */
  readonly metadata: {
    /** Stream name. */
    readonly streamName: string;
    /** Position in the order of all streams. */
    readonly globalPosition: bigint;
  };
}

/** Options of {@link EmmettMemoryProgress}. */
export interface EmmettMemoryOptions {
  /** Processor ids by projection name. @defaultValue the projection name */
  readonly processors?: Readonly<Record<string, string>>;
  /** Separator between the category and the rest of a stream name. @defaultValue '-' */
  readonly separator?: string;
  /** Returns the Unix time in milliseconds. @defaultValue the system clock */
  readonly nowMs?: () => number;
}

interface Recorded {
  readonly position: bigint;
  readonly type: string;
  readonly category: string;
  readonly atMs: number;
}

const CHECKPOINTS = 'emt_processor_checkpoints';

/**
 * Reads the progress of Emmett processors over its in-memory event store, for tests and demonstrations. Like the store,
 * it retains an entry for every event, but not the event data. The `onAfterCommit` hook of the store reports the
 * events. For processors in PostgreSQL use {@link PostgresProgress} with {@link emmettTables}.
 *
 * @example
 * ```ts
 * import { getInMemoryDatabase, getInMemoryEventStore } from '@event-driven-io/emmett';
 * import { EmmettMemoryProgress } from '@eventcore/nestjs-observability/projections';
 *
 * const database = getInMemoryDatabase();
 * export const progress = new EmmettMemoryProgress(database, {
 *   processors: { order_summary: 'order-summary-processor' },
 * });
 * export const store = getInMemoryEventStore({
 *   database,
 *   hooks: { onAfterCommit: progress.onAfterCommit },
 * });
 * ```
 */
export class EmmettMemoryProgress implements HeadSource {
  readonly #database: EmmettMemoryDatabase;
  readonly #options: EmmettMemoryOptions;
  readonly #events: Recorded[] = [];
  #fault: { readonly cause: unknown } | undefined;

  /**
   * @param database - Database that holds the checkpoints of the processors.
   * @param options - Processor ids, separator and clock.
   */
  constructor(database: EmmettMemoryDatabase, options: EmmettMemoryOptions = {}) {
    this.#database = database;
    this.#options = options;
  }

  /** Records appended events; pass it to the store as the hook of this name. */
  readonly onAfterCommit = (events: readonly EmmettRecordedEvent[]): void => {
    try {
      this.#record(events);
    } catch (fault) {
      // The store calls this hook within an append, which must not fail: the next read does.
      this.#fault = { cause: fault };
    }
  };

  /** {@inheritDoc HeadSource.observe} */
  async observe(
    scopes: readonly ProjectionScope[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, HeadAnswer>> {
    signal.throwIfAborted();
    if (this.#fault !== undefined) throw new Error('an appended event is missing', this.#fault);
    const documents = await untilAborted(signal, this.#database.collection(CHECKPOINTS).find());
    const checkpoints = new Map(documents.map((it) => checkpointOf(it)));
    const { processors = {} } = this.#options;
    return answersOf(scopes, signal, (scope) => {
      const { projection } = scope;
      const id = Object.hasOwn(processors, projection) ? processors[projection] : projection;
      return this.#read(scope, checkpoints.get(id as string) ?? null);
    });
  }

  #record(events: readonly EmmettRecordedEvent[]): void {
    const { separator = '-', nowMs = systemClock.wallMs } = this.#options;
    const atMs = eventTimeMs(nowMs());
    if (atMs === undefined) throw new TypeError('nowMs() returned no time');
    for (const { type, metadata } of events) {
      const [category = ''] = metadata.streamName.split(separator, 1);
      this.#events.push({ position: metadata.globalPosition, type, category, atMs });
    }
  }

  #read({ filter, target }: ProjectionScope, checkpoint: bigint | null): HeadReading {
    const { eventTypes, categories } = filter;
    const matching = this.#events.filter(
      ({ type, category }) =>
        eventTypes?.includes(type) !== false && categories?.includes(category) !== false,
    );
    const pending = matching.filter(({ position }) => position > (checkpoint ?? 0n));
    const isInTarget = ({ position }: Recorded) =>
      target !== undefined && hasReached(target as Checkpoint, position) === true;
    return {
      head: matching.at(-1)?.position ?? null,
      end: this.#events.at(-1)?.position ?? null,
      checkpoint,
      pendingEvents: pending.length,
      ...(pending[0] !== undefined && { oldestPendingMs: pending[0].atMs }),
      ...(target !== undefined && { pendingToTarget: pending.filter(isInTarget).length }),
    };
  }
}

function checkpointOf(document: object): readonly [id: string, checkpoint: bigint | null] {
  const { _id: id, lastCheckpoint } = document as { _id?: unknown; lastCheckpoint?: unknown };
  return [String(id), typeof lastCheckpoint === 'bigint' ? lastCheckpoint : null];
}
