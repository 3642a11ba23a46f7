/** Text with the time since which it holds. */
export interface Note {
  readonly text: string;
  /** Unix time in milliseconds. */
  readonly sinceMs?: number | undefined;
}

/** Header of the page. */
export interface Head {
  readonly service: string;
  readonly version?: string | undefined;
  readonly environment?: string | undefined;
  readonly uptimeSeconds?: number | undefined;
  /** Processes whose metrics are shown. */
  readonly processes: number;
  /** Worst level of the health checks; absent without any. */
  readonly health?: 'ok' | 'degraded' | 'down' | undefined;
  /** Health score, 0 to 1; absent without `performance()`. */
  readonly score?: number | undefined;
  /** The score in words. */
  readonly scoreText?: string | undefined;
}

/** Weight of a reason: `bad` for what fails, `warn` for what may, `note` for what is only unusual. */
export type ReasonLevel = 'bad' | 'warn' | 'note';

/** Reason for which the service is not well. */
export interface Reason {
  readonly level: ReasonLevel;
  /** Name of the alert whose runbook helps; absent for a note. */
  readonly alert?: string | undefined;
  /** Handler, projection or resource that it concerns. */
  readonly about: string;
  /** Others of its kind that the same alert concerns. */
  readonly others?: readonly string[] | undefined;
  /** Value and most likely cause. */
  readonly text: string;
  /** State of the alert where an engine evaluates alerts. */
  readonly state?: 'firing' | 'pending' | 'silenced' | undefined;
  readonly sinceMs?: number | undefined;
  /** Fragment that opens the part of the page it is about. */
  readonly link?: string | undefined;
  /** Labels with which the alert can be silenced. */
  readonly silence?: Readonly<Record<string, string>> | undefined;
}

/** State of the service in words. */
export interface Verdict {
  readonly level: 'healthy' | 'degraded' | 'failing' | 'idle';
  readonly text: string;
  readonly reasons: readonly Reason[];
}

/** Name of one of the five numbers. */
export type TileName = 'rate' | 'failing' | 'p95' | 'oldest' | 'loop';

/** One of the five numbers. */
export interface Tile {
  readonly name: TileName;
  /** Value in the base unit; absent when unknown. */
  readonly value?: number | undefined;
  /** Level that the value had before it changed; absent when it is steady. */
  readonly before?: number | undefined;
  /** Unix time in milliseconds of that change. */
  readonly changedMs?: number | undefined;
  /** Further fact. */
  readonly note: string;
}

/** The last hour of the five numbers, `null` where nothing is known. */
export interface Hour {
  readonly startMs: number;
  readonly stepMs: number;
  readonly points: Readonly<Record<TileName, readonly (number | null)[]>>;
}

/** Calls of one kind with one label set, over the last five minutes. */
export interface CallRow {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Finished calls per second. */
  readonly rate: number;
  /** Finished calls in the window. */
  readonly calls: number;
  /** Failed share, 0 to 1; absent without calls. */
  readonly failing?: number | undefined;
  /** Rejected share, 0 to 1. */
  readonly rejected?: number | undefined;
  /** Seconds; `over` is true where it lies above the last bucket. */
  readonly p50?: number | undefined;
  readonly p95?: number | undefined;
  readonly p99?: number | undefined;
  readonly over?: boolean | undefined;
  readonly inFlight?: number | undefined;
  readonly retries?: number | undefined;
  /** Rate over the last 15 minutes. */
  readonly spark: readonly (number | null)[];
}

/** State of a projection. */
export interface ProjectionRow {
  readonly name: string;
  readonly state: string;
  readonly lagSeconds?: number | undefined;
  readonly lagEvents?: number | undefined;
  readonly applied?: number | undefined;
  readonly arriving?: number | undefined;
  readonly errors: number;
  readonly position?: string | undefined;
  readonly head?: string | undefined;
  /** Done share of a rebuild. */
  readonly rebuilt?: number | undefined;
  readonly remainingSeconds?: number | undefined;
  /** True if it is behind and does not move. */
  readonly isStalled?: boolean | undefined;
  readonly note?: Note | undefined;
  readonly spark: readonly (number | null)[];
}

/** Use of a connection pool. */
export interface PoolRow {
  readonly name: string;
  readonly used?: number | undefined;
  readonly max?: number | undefined;
  readonly pending?: number | undefined;
}

/** State of a circuit breaker. */
export interface BreakerRow {
  readonly name: string;
  readonly state: 'closed' | 'half open' | 'open';
  /** Times that it opened in the last 15 minutes. */
  readonly opened: number;
}

/** Result of a health check. */
export interface CheckRow {
  readonly name: string;
  readonly level: 'ok' | 'degraded' | 'down';
  readonly critical: boolean;
  readonly text: string;
  readonly sinceMs?: number | undefined;
}

/** Errors of one type in the last 15 minutes. */
export interface ErrorRow {
  readonly source: string;
  readonly type: string;
  readonly category: string;
  readonly count: number;
  /** Unix time in milliseconds at which the count last rose, to the tick of the history. */
  readonly lastMs?: number | undefined;
}

/** A trace that is worth a look. */
export interface TraceRow {
  readonly id: string;
  readonly name: string;
  readonly startMs: number;
  readonly durationMs: number;
  /** True if its first span failed. */
  readonly failed: boolean;
  /** True if any of its spans failed. */
  readonly hasError: boolean;
  /** HTTP status or error type. */
  readonly detail?: string | undefined;
}

/** Traffic of the event store, over the last five minutes. */
export interface StoreNumbers {
  readonly written?: number | undefined;
  readonly read?: number | undefined;
  readonly conflicts?: number | undefined;
  readonly streams?: number | undefined;
}

/** Everything that the page shows by itself. */
export interface LiveState {
  readonly head: Head;
  readonly verdict: Verdict;
  readonly tiles: readonly Tile[];
  readonly hour: Hour;
  readonly commands: readonly CallRow[];
  readonly queries: readonly CallRow[];
  readonly routes: readonly CallRow[];
  readonly operations: readonly CallRow[];
  readonly jobs: readonly CallRow[];
  readonly store: StoreNumbers;
  readonly projections: readonly ProjectionRow[];
  readonly pools: readonly PoolRow[];
  readonly breakers: readonly BreakerRow[];
  readonly checks: readonly CheckRow[];
  readonly errors: readonly ErrorRow[];
  readonly traces: readonly TraceRow[];
  /** Reason for which there are no traces; absent where there is a store. */
  readonly tracesOff?: string | undefined;
  readonly findings: readonly { readonly text: string; readonly about: string }[];
  /** True where an engine evaluates alerts. */
  readonly alerting: boolean;
  /** True where a log store exists. */
  readonly logs: boolean;
  /** True where alerts can be silenced. */
  readonly canSilence: boolean;
  /** Rows that tables leave out, by table. */
  readonly left: Readonly<Record<string, number>>;
}
