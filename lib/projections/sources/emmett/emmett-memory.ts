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
