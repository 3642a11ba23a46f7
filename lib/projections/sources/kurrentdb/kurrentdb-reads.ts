import { absorb } from '../../../kernel/hooks.js';
import type { EventFilter } from '../../../kernel/observer.js';
import { untilAborted } from '../scope-answers.js';

/** Position in `$all`. */
export interface KurrentDbPosition {
  /** Commit position. */
  readonly commit: bigint;
  /** Prepare position. */
  readonly prepare: bigint;
}

/** Fields of an event that the progress sources read. */
export interface KurrentDbEvent {
  /** Revision of the event in its stream. */
  readonly revision: bigint;
  /** Time of recording. */
  readonly created: Date;
  /** Position in `$all`. */
  readonly position?: KurrentDbPosition;
}

/** Event as returned by a stream read. A link is an entry of the stream that was read. */
export interface KurrentDbResolvedEvent {
  /** The event, or the target of the link. */
  readonly event?: KurrentDbEvent;
  /** The link. */
  readonly link?: KurrentDbEvent;
}

/** Server-side filter of `$all`, as built by `eventTypeFilter()` and `streamNameFilter()`. */
export type KurrentDbFilter = KurrentDbPatternFilter | KurrentDbPrefixFilter;

/** Matches a regular expression. */
export interface KurrentDbPatternFilter {
  /** Compared field. */
  readonly filterOn: 'eventType' | 'streamName';
  /** Checkpoint interval of a subscription; ignored by reads. */
  readonly checkpointInterval: number;
  /** Regular expression. */
  readonly regex: string;
}

/** Matches any of several prefixes. */
export interface KurrentDbPrefixFilter {
  /** Compared field. */
  readonly filterOn: 'eventType' | 'streamName';
  /** Checkpoint interval of a subscription; ignored by reads. */
  readonly checkpointInterval: number;
  /** Prefixes. */
  readonly prefixes: string[];
}

/** Methods of a KurrentDB or EventStoreDB client that {@link KurrentDbCatchUpProgress} calls. */
export interface KurrentDbReads {
  /**
   * Reads one stream.
   *
   * @param stream - Stream name.
   * @param options - Direction, start and maximum count.
   * @returns The events of the stream.
   */
  readStream(
    stream: string,
    options: {
      direction: 'forwards' | 'backwards';
      fromRevision: bigint | 'start' | 'end';
      maxCount: number;
    },
  ): AsyncIterable<KurrentDbResolvedEvent>;
  /**
   * Reads all streams.
   *
   * @param options - Direction, start, maximum count and filter.
   * @returns The matching events.
   */
  readAll(options: {
    direction: 'forwards' | 'backwards';
    fromPosition: { commit: bigint; prepare: bigint } | 'start' | 'end';
    maxCount: number;
    filter: KurrentDbFilter;
  }): AsyncIterable<KurrentDbResolvedEvent>;
}

/** Members of a read of the client that end it; a Node stream has `destroy`. */
interface EndableRead {
  cancel?(): Promise<unknown>;
  destroy?(): unknown;
}

/**
 * Yields the events of a read until the signal aborts. A read that is given up is cancelled: it would otherwise keep its
 * call to the server open.
 *
 * @throws The abort reason of the signal.
 */
export async function* eventsUntil(
  signal: AbortSignal,
  read: AsyncIterable<KurrentDbResolvedEvent>,
): AsyncGenerator<KurrentDbResolvedEvent> {
  const cancel = () => cancelRead(read as EndableRead);
  signal.addEventListener('abort', cancel, { once: true });
  const events = read[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await untilAborted(signal, events.next());
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener('abort', cancel);
    // A read that waits for the server would never answer this.
    if (!signal.aborted) await events.return?.();
  }
}

function cancelRead(read: EndableRead): void {
  try {
    absorb(read.cancel?.());
    read.destroy?.();
  } catch {
    // The read is given up in any case.
  }
}

/** Catch-up subscription that feeds one projection. */
export interface KurrentDbSubscription {
  /** Stream name; the stream of a category is `$ce-<category>`. @defaultValue all streams */
  readonly stream?: string;
  /**
   * Filter of a subscription to all streams.
   *
   * @defaultValue derived from the filter of the projection; without one, every event except system events
   */
  readonly filter?: KurrentDbFilter;
}

const USER_EVENTS = '^[^$].*';

/**
 * Converts the filter of a projection to a server-side filter.
 *
 * @throws RangeError when the server cannot express it: a filter matches event types or streams, not both.
 */
export function logFilterOf({ eventTypes, categories }: EventFilter): KurrentDbFilter {
  if (eventTypes !== undefined && categories !== undefined) {
    throw new RangeError('a KurrentDB filter matches event types or categories, not both');
  }
  if (categories !== undefined) {
    const prefixes = categories.map((it) => `${it}-`);
    return { filterOn: 'streamName', checkpointInterval: 1, prefixes };
  }
  const regex = eventTypes === undefined ? USER_EVENTS : `^(?:${anyOf(eventTypes)})$`;
  return { filterOn: 'eventType', checkpointInterval: 1, regex };
}

function anyOf(texts: readonly string[]): string {
  return texts.map((it) => it.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)).join('|');
}
