import type { EventFilter } from '../../../kernel/observer.js';

/** Position in the log of all streams. */
export interface KurrentDbPosition {
  /** Position of the commit. */
  readonly commit: bigint;
  /** Position of the preparation. */
  readonly prepare: bigint;
}

/** What is used of an event that was read. */
export interface KurrentDbEvent {
  /** Number of the event in its stream. */
  readonly revision: bigint;
  /** When it was recorded. */
  readonly created: Date;
  /** Where it is in the log of all streams. */
  readonly position?: KurrentDbPosition;
}

/** An event as a read of a stream gives it: a link is a place in the stream that is read. */
export interface KurrentDbResolvedEvent {
  /** The event, or what the link stands for. */
  readonly event?: KurrentDbEvent;
  /** The link. */
  readonly link?: KurrentDbEvent;
}

/** Which events of all streams the server passes on: what `eventTypeFilter()` and `streamNameFilter()` make. */
export type KurrentDbFilter = KurrentDbPatternFilter | KurrentDbPrefixFilter;

/** Passes on what matches a regular expression. */
export interface KurrentDbPatternFilter {
  /** What is compared. */
  readonly filterOn: 'eventType' | 'streamName';
  /** How often a subscription tells that it has searched; of no use to a read. */
  readonly checkpointInterval: number;
  /** Regular expression. */
  readonly regex: string;
}

/** Passes on what begins with one of some texts. */
export interface KurrentDbPrefixFilter {
  /** What is compared. */
  readonly filterOn: 'eventType' | 'streamName';
  /** How often a subscription tells that it has searched; of no use to a read. */
  readonly checkpointInterval: number;
  /** Beginnings. */
  readonly prefixes: string[];
}

/** What is used of a client of KurrentDB or EventStoreDB to read logs. */
export interface KurrentDbReads {
  /**
   * Reads one stream.
   *
   * @param stream - Name of the stream.
   * @param options - From where and how many.
   * @returns Its events.
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
   * @param options - From where, how many, and which.
   * @returns Their events.
   */
  readAll(options: {
    direction: 'forwards' | 'backwards';
    fromPosition: { commit: bigint; prepare: bigint } | 'start' | 'end';
    maxCount: number;
    filter: KurrentDbFilter;
  }): AsyncIterable<KurrentDbResolvedEvent>;
}

/** What a catch-up subscription follows. */
export interface KurrentDbSubscription {
  /** Name of the stream; that of a category is `$ce-<category>`. @defaultValue all streams */
  readonly stream?: string;
  /**
   * Filter of a subscription to all streams.
   *
   * @defaultValue made of the filter of the projection; every event but those of the system when it has none
   */
  readonly filter?: KurrentDbFilter;
}

const EVERYTHING_OF_USERS = '^[^$].*';

/**
 * The filter of the server for what a projection handles.
 *
 * @throws RangeError when the server has none: it looks at types or at streams, not at both.
 */
export function logFilterOf({ eventTypes, categories }: EventFilter): KurrentDbFilter {
  if (eventTypes !== undefined && categories !== undefined) {
    throw new RangeError('the server filters by event types or by categories, not by both');
  }
  if (categories !== undefined) {
    const prefixes = categories.map((it) => `${it}-`);
    return { filterOn: 'streamName', checkpointInterval: 1, prefixes };
  }
  const regex = eventTypes === undefined ? EVERYTHING_OF_USERS : `^(?:${anyOf(eventTypes)})$`;
  return { filterOn: 'eventType', checkpointInterval: 1, regex };
}

function anyOf(texts: readonly string[]): string {
  return texts.map((it) => it.replaceAll(/[$()*+.?[\\\]^{|}]/g, String.raw`\$&`)).join('|');
}
