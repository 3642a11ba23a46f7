import type { HeadSource } from '../../../lib/projections/head-source.js';
import type { Checkpoint } from '../../../lib/projections/position.js';

/** An event that a test appends. */
export interface TestEvent {
  readonly type: string;
  readonly category: string;
}

/** A log with projections `p0` to `p99` that share one checkpoint, and the source that tells how far they are. */
export interface LogUnderTest {
  readonly source: HeadSource;
  append(events: readonly TestEvent[]): Promise<void>;
  /** The projections have applied, and committed, so many more events. */
  apply(count: number): Promise<void>;
  /** What the application says is committed, where no source reads it. */
  checkpoint?(): Checkpoint;
  /** Requests to the peer until now. */
  requests(): number;
  /** The same source over a client that fails. */
  readonly dead: HeadSource;
  /** The same source over a client that never answers. */
  readonly hanging: HeadSource;
  stop?(): Promise<void>;
}

/** What a kind of log can tell. */
export interface LogAbilities {
  /** Whether events are counted. */
  readonly counts: boolean;
  /** Whether it tells when the oldest unprocessed event was recorded. */
  readonly tellsTime: boolean;
  /**
   * What of the filter the peer looks at: all of it, one half of it, or nothing; then counts are left out, or a projection with a
   * filter is refused.
   */
  readonly filters: 'both' | 'one' | 'uncounted' | 'refused';
}

export const PROJECTIONS = Array.from({ length: 100 }, (_, i) => `p${i}`);

/** Names of the projections, all with the same value. */
export function forEachProjection<T>(value: T): Record<string, T> {
  return Object.fromEntries(PROJECTIONS.map((it) => [it, value]));
}

/** A client whose methods do something else, counting or not answering, as deep as they are. */
export function replaced<T extends object>(client: T, call: (run: () => unknown) => unknown): T {
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value === 'function') {
        return (...args: unknown[]) => call(() => (value as Function).apply(target, args));
      }
      return typeof value === 'object' && value !== null ? replaced(value, call) : value;
    },
  });
}

/** The three clients of a test: one that counts, one that fails, one that never answers. */
export function clientsOf<T extends object>(client: T) {
  let requests = 0;
  return {
    counting: replaced(client, (run) => {
      requests++;
      return run();
    }),
    dead: replaced(client, () => {
      throw new Error('connection refused');
    }),
    hanging: replaced(client, () => new Promise(() => {})),
    requests: () => requests,
  };
}
