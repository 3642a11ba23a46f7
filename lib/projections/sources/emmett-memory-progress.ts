import { systemClock } from '../../kernel/clock.js';
import type { HeadAnswer, HeadReading, HeadSource } from '../head-source.js';
import { type Checkpoint, hasReached } from '../position.js';
import type { ProjectionScope } from '../projection-scope.js';
import { answersOf, untilAborted } from './scope-answers.js';

/** What is used of the in-memory database of Emmett. */
export interface EmmettMemoryDatabase {
  /**
   * A collection of documents.
   *
   * @param name - Its name.
   * @returns The collection.
   */
  collection(name: string): {
    /** Finds all documents. */
    find(): Promise<readonly object[]>;
  };
}

/** What is used of an event that the in-memory store has appended. */
export interface EmmettRecordedEvent {
  /** Type of the event. */
  readonly type: string;
  /** Where it is. */
  readonly metadata: {
    /** Name of its stream. */
    readonly streamName: string;
    /** Its place among the events of all streams. */
    readonly globalPosition: bigint;
  };
}

/** How {@link EmmettMemoryProgress} finds things. */
export interface EmmettMemoryOptions {
  /** Ids of the processors by the name of the projection. @defaultValue the name itself */
  readonly processors?: Readonly<Record<string, string>>;
  /** What ends the category in the name of a stream. @defaultValue '-' */
  readonly separator?: string;
  /** Unix time in milliseconds. @defaultValue the clock of this process */
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
 * Progress of processors of Emmett over its in-memory event store, for tests and demonstrations: like the store, it remembers
 * every event, though not what is in it. The store tells it of events by its hook. For processors in PostgreSQL there is
 * {@link PostgresProgress} with {@link emmettTables}.
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

  /**
   * @param database - Database of the processors, where their checkpoints are.
   * @param options - How to find things.
   */
  constructor(database: EmmettMemoryDatabase, options: EmmettMemoryOptions = {}) {
    this.#database = database;
    this.#options = options;
  }

  /** Takes what the store has appended: its hook of this name. */
  readonly onAfterCommit = (events: readonly EmmettRecordedEvent[]): void => {
    const { separator = '-', nowMs = systemClock.wallMs } = this.#options;
    const atMs = nowMs();
    for (const { type, metadata } of events) {
      const [category = ''] = metadata.streamName.split(separator, 1);
      this.#events.push({ position: metadata.globalPosition, type, category, atMs });
    }
  };

  /** {@inheritDoc HeadSource.observe} */
  async observe(
    scopes: readonly ProjectionScope[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, HeadAnswer>> {
    signal.throwIfAborted();
    const documents = await untilAborted(signal, this.#database.collection(CHECKPOINTS).find());
    const checkpoints = new Map(documents.map((it) => checkpointOf(it)));
    const { processors = {} } = this.#options;
    return answersOf(scopes, signal, (scope) => {
      const { projection } = scope;
      const id = Object.hasOwn(processors, projection) ? processors[projection] : projection;
      return this.#read(scope, checkpoints.get(id as string) ?? null);
    });
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
