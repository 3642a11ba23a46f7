import type { DatabaseRecorder } from './query-recorder.js';

/** Kind of clients that the library observes by itself. */
export interface KnownClient {
  /** Operations whose counters begin at 0. */
  readonly usual: readonly string[];
  /** Returns true for a client of this kind, without running its code. */
  recognises(instance: unknown): boolean;
  /**
   * Observes the queries of a client.
   *
   * @returns Ends it.
   */
  observe(client: object, recorder: DatabaseRecorder): () => void;
}

/** Operations of SQL whose counters begin at 0. */
export const USUAL_SQL: readonly string[] = ['select', 'insert', 'update', 'delete'];
