import type { KurrentDbGroups } from '../../../lib/projections/sources/kurrentdb/kurrentdb-persistent-progress.js';
import type {
  KurrentDbFilter,
  KurrentDbPosition,
  KurrentDbReads,
} from '../../../lib/projections/sources/kurrentdb/kurrentdb-reads.js';
import type { TestEvent } from './log-under-test.js';

interface Stored {
  readonly stream: string;
  readonly type: string;
  readonly created: Date;
  readonly position: KurrentDbPosition;
  readonly revision: bigint;
}

interface ReadOptions {
  readonly direction: 'forwards' | 'backwards';
  readonly maxCount: number;
}

/** The part of a KurrentDB that the sources read: one stream that has every event, and the log of all streams. */
export class KurrentDbDouble implements KurrentDbReads, KurrentDbGroups {
  readonly events: Stored[] = [];
  /** The first event that was not truncated. */
  truncatedBefore = 0n;
  /** Events that the groups have handled. */
  handled = 0;
  startFrom: unknown = 'start';
  // The server writes events of its own.
  #commit = 300n;

  append(events: readonly TestEvent[], created = new Date()): void {
    for (const { type, category } of events) {
      const revision = BigInt(this.events.length);
      // The position of a record is its offset in the files of the log.
      const position = { commit: this.#commit, prepare: this.#commit };
      this.events.push({ stream: `${category}-1`, type, created, position, revision });
      this.#commit += 137n;
    }
  }

  async *readStream(_stream: string, options: ReadOptions & { fromRevision: unknown }) {
    if (this.events.length === 0) {
      throw Object.assign(new Error('not found'), { type: 'stream-not-found' });
    }
    const from = options.fromRevision;
    const left = this.events.filter(({ revision }) => revision >= this.truncatedBefore);
    const found = left.filter(({ revision }) => typeof from !== 'bigint' || revision >= from);
    yield* limited(found, options);
  }

  async *readAll(options: ReadOptions & { fromPosition: unknown; filter: KurrentDbFilter }) {
    const { fromPosition: from, filter } = options;
    const first = typeof from === 'object' ? (from as KurrentDbPosition).commit : 0n;
    const found = this.events.filter((it) => it.position.commit >= first && passes(it, filter));
    yield* limited(found, options);
  }

  async listAllPersistentSubscriptions() {
    const [last, done] = [this.events.at(-1), this.events[this.handled - 1]];
    const { startFrom } = this;
    return [
      {
        eventSource: '$ce-order',
        groupName: 'g',
        settings: { startFrom },
        stats: {
          lastKnownEventRevision: last?.revision,
          lastCheckpointedEventRevision: done?.revision,
        },
      },
      {
        eventSource: '$all',
        groupName: 'g',
        settings: { startFrom },
        stats: {
          lastKnownEventPosition: last?.position,
          lastCheckpointedEventPosition: done?.position,
        },
      },
    ];
  }
}

function* limited(found: readonly Stored[], { direction, maxCount }: ReadOptions) {
  const ordered = direction === 'backwards' ? found.toReversed() : found;
  for (const event of ordered.slice(0, maxCount)) yield { event };
}

function passes({ type, stream }: Stored, filter: KurrentDbFilter): boolean {
  const text = filter.filterOn === 'eventType' ? type : stream;
  return 'regex' in filter
    ? new RegExp(filter.regex).test(text)
    : filter.prefixes.some((it) => text.startsWith(it));
}
