import type { Setting } from './history.js';
import { IDLE_AFTER_MS, PERIOD_MS, STALLED_AFTER_MS } from './process.js';
import type { StoredEvent } from './store.js';

const STALE_MS = 3 * PERIOD_MS;

/** The times as somebody outside sees them. */
export interface Now {
  /** True time. */
  readonly ms: number;
  /** What the clock of the process says. */
  readonly wallMs: number;
}

/** What happened in one log since it was last looked at, by index of events: nothing in here compares positions. */
interface Seen {
  readonly at: Now;
  /** Length of the log then. */
  readonly length: number;
  /** Number of events committed then, as far as anybody could know; `undefined` for unknown. */
  readonly committed: number | undefined;
  /** True once the checkpoint has moved back since. */
  outdated: boolean;
}

type Phase = 'starting' | 'catching_up' | 'live';

/**
 * Sees everything that happens to one process and the store, and says what the process has to publish. It works on whole
 * logs and on truths, not on what sources answer.
 */
export class Oracle {
  readonly #setting: Setting;
  readonly #logs: readonly StoredEvent[][];
  /** What the process can know to be committed: 0 for "no checkpoint", `undefined` for unknown. */
  #known: (number | undefined)[];
  #hasRow: boolean[];
  #complete = false;
  #checkpointReadMs = -Infinity;
  #seen: (Seen | undefined)[];
  #caughtUpMs: (number | undefined)[];
  #heldSinceMs: (number | undefined)[];
  #phase: Phase = 'starting';
  #firstRun = false;
  #paused = false;
  #faulted = false;
  #failedMs = 0;
  #owned = true;
  #began: number;
  #lastApplied: { at: Now; recordedMs: number | undefined } | undefined;
  #target: number[] | undefined;
  #rebuild:
    { total: number; left: number | undefined; sinceMs: number; begun: boolean } | undefined;
  readonly counts = { live: 0, rebuild: 0, latency: 0, failed: 0, unread: 0, skewed: 0 };

  constructor(setting: Setting, logs: readonly StoredEvent[][], now: Now) {
    this.#setting = setting;
    this.#logs = logs;
    this.#known = logs.map(() => undefined);
    this.#hasRow = logs.map(() => false);
    this.#seen = logs.map(() => undefined);
    this.#caughtUpMs = logs.map(() => undefined);
    this.#heldSinceMs = logs.map(() => undefined);
    this.#began = now.ms;
  }

  // What happens.

  /** Ownership is noticed whenever somebody looks. */
  owns(owned: boolean, now: Now): void {
    if (owned === this.#owned) return;
    this.#owned = owned;
    const { counts } = this;
    const fresh = new Oracle(this.#setting, this.#logs, now);
    Object.assign(this.counts, counts);
    this.#known = fresh.#known;
    this.#hasRow = fresh.#hasRow;
    this.#complete = false;
    this.#seen = fresh.#seen;
    this.#caughtUpMs = fresh.#caughtUpMs;
    this.#heldSinceMs = fresh.#heldSinceMs;
    this.#phase = 'starting';
    this.#firstRun = this.#faulted = false;
    this.#lastApplied = undefined;
    this.#target = this.#rebuild = undefined;
    this.#began = now.ms;
  }

  /** @param recordedMs - Of each event; `undefined` when handlers do not know. */
  applied(recordedMs: readonly (number | undefined)[], now: Now): void {
    const isRebuild = this.#target !== undefined;
    this.counts[isRebuild ? 'rebuild' : 'live'] += recordedMs.length;
    for (const time of recordedMs) {
      if (time === undefined) continue;
      if (time > now.wallMs) this.counts.skewed++;
      if (!this.#isReplaying(now)) this.counts.latency++;
    }
    this.#faulted = false;
    this.#lastApplied = { at: now, recordedMs: recordedMs.at(-1) };
    if (this.#setting.head === 'none') this.#phase = 'live';
  }

  failed(now: Now): void {
    this.counts.failed++;
    this.#faulted = true;
    this.#failedMs = now.ms;
  }

  unread(): void {
    this.counts.unread++;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(now: Now): void {
    this.#paused = this.#faulted = false;
    this.#heldSinceMs = this.#heldSinceMs.map((it) => (it === undefined ? it : now.ms));
  }

  beginRebuild(target: number[]): void {
    this.#target = target;
    this.#rebuild = { total: 0, left: undefined, sinceMs: 0, begun: false };
    this.#faulted = false;
  }

  completeRebuild(now: Now): void {
    if (this.#target === undefined) return;
    this.#target = this.#rebuild = undefined;
    this.#phase = this.#setting.head === 'none' ? 'live' : 'catching_up';
    this.#evaluate(now, false);
  }

  /** All checkpoints became known, `undefined` for no row. */
  checkpointsKnown(rows: readonly (number | undefined)[], now: Now): void {
    if (this.#setting.head !== 'combined') this.#checkpointReadMs = now.ms;
    this.#complete = true;
    rows.forEach((row, log) => this.#setKnown(log, row, now));
    this.#afterCommit(now);
  }

  /** The checkpoint of one log became known. */
  committed(log: number, row: number, now: Now): void {
    this.#setKnown(log, row, now);
    this.#afterCommit(now);
  }

  /** The heads were read. */
  headsRead(rows: readonly (number | undefined)[], now: Now): void {
    if (this.#setting.head === 'combined') {
      this.#complete = true;
      this.#checkpointReadMs = now.ms;
      rows.forEach((row, log) => this.#setKnown(log, row, now));
    }
    const isTold = this.#checkpointAsked() !== undefined;
    if (this.#setting.partitions > 0 && this.#complete) {
      this.#known = this.#known.map((it) => it ?? 0);
    }
    this.#logs.forEach((log, i) => {
      // What nobody told the source it cannot have counted from.
      this.#seen[i] = {
        at: now,
        length: log.length,
        committed: isTold ? this.#known[i] : undefined,
        outdated: false,
      };
      this.#judge(i, now);
    });
    const oldest = this.#logs.map((_, i) => this.#oldestOf(i, isTold));
    if (oldest.some((it) => it !== undefined && it > now.wallMs)) this.counts.skewed++;
    this.#evaluate(
      now,
      isTold && ['counting', 'lastOfAll', 'combined'].includes(this.#setting.head),
    );
  }

  // What has to be published.

  published(now: Now): Record<string, number> {
    const hasSource = this.#setting.head !== 'none' || this.#setting.commit === 'source';
    const counters = {
      'events_processed_total live': this.counts.live,
      'events_processed_total rebuild': this.counts.rebuild,
      errors_total: this.counts.failed,
      ...(this.counts.latency > 0 && { latency_seconds: this.counts.latency }),
      ...(hasSource && { lag_observation_errors_total: this.counts.unread }),
    };
    if (!this.#owned) return { ...counters, active: 0 };
    const lag = this.#lag(now);
    const only = this.#logs.length === 1 ? 0 : undefined;
    return clean({
      ...counters,
      active: 1,
      lag_seconds: lag?.seconds,
      lag_events: lag?.events,
      position: only === undefined ? undefined : this.#position(only, now),
      head_position: only === undefined ? undefined : this.#headPosition(only, now),
      last_processed_timestamp_seconds: seconds(this.#lastApplied?.at.wallMs),
      head_observed_timestamp_seconds: seconds(this.#seen[0]?.at.wallMs),
      rebuild_progress_ratio: this.#ratio(),
      rebuild_remaining_seconds: this.#remaining(now),
      ...noState,
      [`state ${this.#state(now)}`]: 1,
    });
  }

  isStalled(now: Now): boolean {
    if (this.#paused) return false;
    return this.#heldSinceMs.some(
      (it, i) => this.#isFresh(i, now) && it !== undefined && now.ms - it >= STALLED_AFTER_MS,
    );
  }

  isUnreadable(now: Now): boolean {
    const { head, commit } = this.#setting;
    if (now.ms - this.#began <= STALE_MS) return false;
    if (head !== 'none') return !this.#logs.every((_, i) => this.#isFresh(i, now));
    return commit === 'source' && now.ms - this.#checkpointReadMs > STALE_MS;
  }

  // How it comes to that.

  #setKnown(log: number, row: number | undefined, now: Now): void {
    const before = this.#known[log];
    const hadRow = this.#hasRow[log];
    const after = row ?? 0;
    this.#known[log] = after;
    this.#hasRow[log] = row !== undefined;
    const moved = before === undefined || before !== after || hadRow !== (row !== undefined);
    const wentBack = before !== undefined && hadRow && (row === undefined || after < before);
    if (wentBack) this.#wentBack(log);
    if (moved && this.#heldSinceMs[log] !== undefined) this.#heldSinceMs[log] = now.ms;
    this.#judge(log, now);
  }

  #wentBack(log: number): void {
    const { commit, head } = this.#setting;
    const seen = this.#seen[log];
    if (seen !== undefined) seen.outdated = true;
    this.#caughtUpMs[log] = this.#heldSinceMs[log] = undefined;
    this.#phase = 'starting';
    this.#firstRun = head !== 'none';
    // What a handler commits is the event that it applied last, after the move.
    if (commit === 'handler' && head !== 'combined') {
      if (head === 'none') this.#phase = 'live';
    } else if (this.#lastApplied) this.#lastApplied.recordedMs = undefined;
  }

  #afterCommit(now: Now): void {
    this.#evaluate(now, false);
  }

  /** What the source is told is committed; `undefined` when it is not told. */
  #checkpointAsked(): readonly (number | undefined)[] | undefined {
    if (this.#setting.head === 'combined') return this.#known;
    if (this.#setting.partitions === 0)
      return this.#known[0] === undefined ? undefined : this.#known;
    const isUnknown = this.#known.some((it, i) => it === undefined || this.#seen[i] === undefined);
    if (this.#complete) return this.#known;
    return isUnknown ? undefined : this.#known;
  }

  /** Matching events that were in the log when it was last seen, and not known to be committed. */
  #pending(log: number, committed: number): StoredEvent[] {
    const length = this.#seen[log]?.length ?? 0;
    return (this.#logs[log] as StoredEvent[]).slice(committed, length).filter((it) => it.matches);
  }

  #oldestOf(log: number, isTold: boolean): number | undefined {
    const committed = this.#seen[log]?.committed;
    if (!isTold || committed === undefined || this.#setting.head === 'headOnly') return undefined;
    const pending = this.#pending(log, committed);
    return pending.length === 0 ? undefined : Math.min(...pending.map((it) => it.recordedMs));
  }

  #isCaughtUp(log: number): boolean | undefined {
    const seen = this.#seen[log];
    if (seen === undefined || seen.outdated) return undefined;
    const events = (this.#logs[log] as StoredEvent[]).slice(0, seen.length);
    if (!events.some((it) => it.matches) && this.#setting.head !== 'lastOfAll') return true;
    if (this.#setting.head === 'lastOfAll' && events.length === 0) return true;
    const known = this.#known[log];
    const end = this.#setting.head === 'lastOfAll' ? seen.length : lastIndexOfMatch(events) + 1;
    if (known !== undefined && known >= end) return true;
    if (seen.committed === undefined) return undefined;
    return this.#pending(log, seen.committed).length === 0;
  }

  #judge(log: number, now: Now): void {
    const caughtUp = this.#isCaughtUp(log);
    if (caughtUp === true) {
      this.#heldSinceMs[log] = undefined;
      this.#caughtUpMs[log] = this.#seen[log]?.at.ms;
    } else if (caughtUp === false) this.#heldSinceMs[log] ??= now.ms;
  }

  #isFresh(log: number, now: Now): boolean {
    const seen = this.#seen[log];
    return seen !== undefined && now.ms - seen.at.ms <= STALE_MS;
  }

  #lag(now: Now): { seconds?: number | undefined; events?: number | undefined } | undefined {
    if (this.#setting.head === 'none') return this.#pushedLag(now);
    const lags = this.#logs.map((_, i) => this.#lagOf(i, now));
    if (lags.includes(undefined)) return undefined;
    const [all, events] = [lags.map((it) => it?.seconds), lags.map((it) => it?.events)];
    return {
      seconds: all.includes(undefined) ? undefined : Math.max(...(all as number[])),
      events: events.includes(undefined) ? undefined : Math.max(...(events as number[])),
    };
  }

  #pushedLag(now: Now): { seconds: number } | undefined {
    const last = this.#lastApplied;
    if (last?.recordedMs === undefined) return undefined;
    if (now.ms - last.at.ms >= IDLE_AFTER_MS) return { seconds: 0 };
    return { seconds: Math.max(0, last.at.wallMs - last.recordedMs) / 1000 };
  }

  #lagOf(log: number, now: Now) {
    const caughtUp = this.#isCaughtUp(log);
    if (!this.#isFresh(log, now) || caughtUp === undefined) return undefined;
    if (caughtUp) return { seconds: 0, events: 0 };
    const { head } = this.#setting;
    const committed = this.#seen[log]?.committed ?? 0;
    const counts = head === 'counting' || head === 'lastOfAll' || head === 'combined';
    const pending = this.#pending(log, committed);
    const events = counts ? pending.length : undefined;
    if (head !== 'headOnly') {
      const oldest = Math.min(...pending.map((it) => it.recordedMs));
      return { seconds: Math.max(0, now.wallMs - oldest) / 1000, events };
    }
    const caughtUpMs = this.#caughtUpMs[log];
    const recordedMs = this.#logs.length === 1 ? this.#lastApplied?.recordedMs : undefined;
    const ages = [
      caughtUpMs === undefined ? Infinity : now.ms - caughtUpMs,
      recordedMs === undefined ? Infinity : now.wallMs - recordedMs,
    ];
    const age = Math.min(...ages);
    return { seconds: age === Infinity ? undefined : Math.max(0, age) / 1000, events };
  }

  #position(log: number, now: Now): number | undefined {
    const { commit, head } = this.#setting;
    const isRead = commit === 'source' || head === 'combined';
    if (isRead && now.ms - this.#checkpointReadMs > STALE_MS) return undefined;
    // Of how many partitions it is one, only a look at the heads tells.
    if (this.#setting.partitions > 0 && this.#seen[log] === undefined) return undefined;
    if (this.#hasRow[log] !== true) return undefined;
    return this.#logs[log]?.[(this.#known[log] ?? 0) - 1]?.position;
  }

  #headPosition(log: number, now: Now): number | undefined {
    if (!this.#isFresh(log, now)) return undefined;
    const events = (this.#logs[log] as StoredEvent[]).slice(0, this.#seen[log]?.length);
    const isAll = this.#setting.head === 'lastOfAll';
    return events.filter((it) => isAll || it.matches).at(-1)?.position;
  }

  #state(now: Now): string {
    if (this.#paused) return 'paused';
    // Without a head, nothing tells whether the event is tried again.
    const isOver = this.#setting.head === 'none' && now.ms - this.#failedMs >= 60_000;
    if (this.#faulted && !isOver) return 'faulted';
    return this.#target === undefined ? this.#phase : 'rebuilding';
  }

  #isReplaying(now: Now): boolean {
    if (this.#target !== undefined || this.#firstRun) return true;
    return this.#setting.head !== 'none' && this.#phase === 'starting' && !this.isUnreadable(now);
  }

  #evaluate(now: Now, counted: boolean): void {
    if (this.#advanceRebuild(now, counted)) return this.completeRebuild(now);
    const answers = this.#logs.map((_, i) => this.#isCaughtUp(i));
    const isKnown = answers.every((it, i) => it !== undefined && this.#isFresh(i, now));
    if (!isKnown) return;
    const lagSeconds = this.#lag(now)?.seconds ?? NaN;
    const hasRow = this.#hasRow.some((it) => it) || this.#known.includes(undefined);
    if (!answers.includes(false)) this.#phase = 'live';
    else if (!hasRow) this.#phase = 'starting';
    else if (lagSeconds <= PERIOD_MS / 1000) this.#phase = 'live';
    else if (this.#phase !== 'live' || lagSeconds > STALE_MS / 1000) this.#phase = 'catching_up';
    if (this.#phase === 'live') this.#firstRun = false;
    else if (!hasRow) this.#firstRun = true;
  }

  /** @returns Whether the target is reached. */
  #advanceRebuild(now: Now, counted: boolean): boolean {
    const [rebuild, target] = [this.#rebuild, this.#target];
    if (rebuild === undefined || target === undefined) return false;
    if (this.#checkpointAsked() === undefined) return false;
    const reached = target.every((end, i) => end === 0 || (this.#known[i] ?? 0) >= end);
    if (!reached) rebuild.begun = true;
    if (!rebuild.begun || reached) return rebuild.begun && reached;
    this.#measure(now, counted);
    return false;
  }

  #counting = false;

  #measure(now: Now, counted: boolean): void {
    const [rebuild, target] = [this.#rebuild, this.#target];
    if (rebuild === undefined || target === undefined) return;
    if (rebuild.left === undefined) this.#counting = false;
    if (counted && !this.#counting) [this.#counting, rebuild.total] = [true, 0];
    const left = this.#counting
      ? counted
        ? this.#leftEvents(target)
        : undefined
      : this.#distance(target);
    if (left === undefined) return;
    rebuild.left = left;
    if (left >= rebuild.total) [rebuild.total, rebuild.sinceMs] = [left, now.ms];
  }

  #leftEvents(target: readonly number[]): number {
    const left = this.#logs.map(
      (log, i) => log.slice(this.#known[i] ?? 0, target[i]).filter((it) => it.matches).length,
    );
    return left.reduce((sum, it) => sum + it, 0);
  }

  #distance([end = 0]: readonly number[]): number | undefined {
    if (this.#setting.partitions > 0) return undefined;
    const log = this.#logs[0] as StoredEvent[];
    return (log[end - 1]?.position ?? 0) - (log[(this.#known[0] ?? 0) - 1]?.position ?? 0);
  }

  #ratio(): number | undefined {
    if (this.#rebuild?.left === undefined || this.#rebuild.total === 0) return undefined;
    return (this.#rebuild.total - this.#rebuild.left) / this.#rebuild.total;
  }

  #remaining(now: Now): number | undefined {
    if (this.#rebuild?.left === undefined) return undefined;
    const { total, left, sinceMs } = this.#rebuild;
    const elapsed = (now.ms - sinceMs) / 1000;
    return total > left && elapsed > 0 ? (left * elapsed) / (total - left) : undefined;
  }
}

const states = ['starting', 'catching_up', 'live', 'rebuilding', 'paused', 'faulted', 'stopped'];

const noState = Object.fromEntries(states.map((it) => [`state ${it}`, 0]));

function lastIndexOfMatch(events: readonly StoredEvent[]): number {
  return events.findLastIndex((it) => it.matches);
}

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

function clean(values: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).filter((it): it is [string, number] => it[1] !== undefined),
  );
}
