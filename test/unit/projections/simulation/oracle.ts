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

/** A request to a source: what there was when it began. */
export interface Look {
  readonly at: Now;
  /** What happened before it has a smaller number, and what happened after it a larger one. */
  readonly number: number;
  readonly ownership: number;
  readonly logs: readonly (readonly StoredEvent[])[];
  /** Rows of the table of checkpoints. */
  readonly rows: readonly (number | undefined)[];
  /** What the source was told to be committed in each log: 0 for nothing; `undefined` when it was not told. */
  readonly told: readonly (number | undefined)[];
  /** Whether the source was told the target of a rebuild. */
  readonly hasTarget: boolean;
}

/** What a look saw of one log. */
interface Seen {
  readonly at: Now;
  readonly number: number;
  readonly events: readonly StoredEvent[];
  /** Position committed then, as far as the source could know: 0 for none; `undefined` for unknown. */
  readonly committed: number | undefined;
}

/** Numbers of what happened to the checkpoint of one log. */
interface Moves {
  reported: number;
  moved: number;
  back: number;
  reportedMs: number;
}

const UNMOVED: Moves = { reported: -1, moved: -1, back: -1, reportedMs: -Infinity };

type Phase = 'starting' | 'catching_up' | 'live';

/**
 * Sees everything that happens to one process and the store, and says what the process has to publish. It works on whole
 * logs and on truths, not on what sources answer.
 */
export class Oracle {
  readonly #setting: Setting;
  readonly #logs: readonly StoredEvent[][];
  /** Position that the process can know to be committed: 0 for "no checkpoint", `undefined` for unknown. */
  #known: (number | undefined)[];
  #hasRow: boolean[];
  #moves: Moves[];
  /** When checkpoints of all partitions became known, by number and time. */
  #completed: { number: number; ms: number } | undefined;
  #number = 0;
  #ownership = 0;
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
    this.#moves = logs.map(() => ({ ...UNMOVED }));
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
    this.#moves = fresh.#moves;
    this.#completed = undefined;
    this.#ownership++;
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

  /** A request to a source begins. */
  asks(rows: readonly (number | undefined)[], now: Now): Look {
    return {
      at: now,
      number: ++this.#number,
      ownership: this.#ownership,
      logs: this.#logs.map((it) => [...it]),
      rows: [...rows],
      told: this.#logs.map((_, i) => this.#told(i)),
      hasTarget: this.#target !== undefined,
    };
  }

  /** A source failed. With declared partitions it was asked for each of them. */
  unread({ ownership }: Look): void {
    if (ownership !== this.#ownership) return;
    this.counts.unread += this.#setting.declared ? this.#logs.length : 1;
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

  /** The application reports the checkpoints of all logs, `undefined` for no row. */
  checkpointsKnown(rows: readonly (number | undefined)[], now: Now): void {
    const number = ++this.#number;
    this.#completed = { number, ms: now.ms };
    rows.forEach((row, log) => this.#setKnown(log, row, { number, now }));
    this.#evaluate(now, false);
  }

  /** The application reports the checkpoint of one log, or a handler applied an event. */
  committed(log: number, row: number | undefined, now: Now): void {
    this.#setKnown(log, row, { number: ++this.#number, now });
    this.#evaluate(now, false);
  }

  /** A source of checkpoints answers. */
  checkpointsRead(look: Look, now: Now): void {
    if (look.ownership !== this.#ownership) return;
    const { number, rows } = look;
    if (!this.#setting.declared) {
      this.#completed = { number, ms: look.at.ms };
      rows.forEach((row, log) => this.#setKnown(log, row, { number, now: look.at }));
      return this.#evaluate(now, false);
    }
    rows.forEach((row, log) => {
      this.#setKnown(log, row, { number, now: look.at });
      this.#evaluate(now, false);
    });
  }

  /** A source of heads answers. */
  headsRead(look: Look, now: Now): void {
    if (look.ownership !== this.#ownership) return;
    const { declared, head, partitions } = this.#setting;
    const completed = this.#completed;
    // What an earlier report of all partitions did not name has no checkpoint.
    if (partitions > 0 && !declared && completed !== undefined) {
      this.#known.forEach((it, log) => {
        if (it !== undefined) return;
        this.#known[log] = 0;
        const { number, ms } = completed;
        this.#moves[log] = { reported: number, moved: number, back: -1, reportedMs: ms };
      });
    }
    const skews = this.#logs.map((_, log) => {
      this.#see(log, look);
      if (declared) this.#evaluate(now, false);
      return (this.#oldestOf(log) ?? -Infinity) > now.wallMs;
    });
    this.counts.skewed += declared ? skews.filter(Boolean).length : Number(skews.includes(true));
    const counts = ['counting', 'lastOfAll', 'combined'].includes(head);
    const isTold = head === 'combined' || !look.told.includes(undefined);
    this.#evaluate(now, counts && isTold && look.hasTarget);
  }

  #see(log: number, look: Look): void {
    const { number, at } = look;
    const isCombined = this.#setting.head === 'combined';
    if (isCombined && (this.#moves[log] as Moves).reported <= number) {
      this.#setKnown(log, look.rows[log], { number, now: at });
    }
    const committed = isCombined ? (look.rows[log] ?? 0) : look.told[log];
    this.#seen[log] = { at, number, events: look.logs[log] as StoredEvent[], committed };
    this.#judge(log, at);
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
    return commit === 'source' && now.ms - (this.#moves[0] as Moves).reportedMs > STALE_MS;
  }

  // How it comes to that.

  #setKnown(
    log: number,
    row: number | undefined,
    { number, now }: { readonly number: number; readonly now: Now },
  ): void {
    const before = this.#known[log];
    const hadRow = this.#hasRow[log];
    const moves = this.#moves[log] as Moves;
    const after = row ?? 0;
    this.#known[log] = after;
    this.#hasRow[log] = row !== undefined;
    moves.reported = number;
    moves.reportedMs = now.ms;
    const moved = before === undefined || before !== after || hadRow !== (row !== undefined);
    const wentBack = before !== undefined && hadRow && (row === undefined || after < before);
    if (moved) moves.moved = number;
    if (wentBack) {
      moves.back = number;
      this.#wentBack(log);
    }
    if (moved && this.#heldSinceMs[log] !== undefined) this.#heldSinceMs[log] = now.ms;
    this.#judge(log, now);
  }

  #wentBack(log: number): void {
    const { commit, head } = this.#setting;
    this.#caughtUpMs[log] = this.#heldSinceMs[log] = undefined;
    this.#phase = 'starting';
    this.#firstRun = head !== 'none';
    // What a handler commits is the event that it applied last, after the move.
    if (commit === 'handler') {
      if (head === 'none') this.#phase = 'live';
    } else if (this.#lastApplied) this.#lastApplied.recordedMs = undefined;
  }

  /** What a source is told to be committed in a log; `undefined` when it is not told. */
  #told(log: number): number | undefined {
    const { declared, partitions } = this.#setting;
    if (declared || partitions === 0) return this.#known[log];
    if (this.#completed !== undefined) return this.#known[log] ?? 0;
    const isUnknown = this.#known.some((it, i) => it === undefined || this.#seen[i] === undefined);
    return isUnknown ? undefined : this.#known[log];
  }

  /** What was seen of a log, unless the checkpoint has moved back since the look began. */
  #valid(log: number): Seen | undefined {
    const seen = this.#seen[log];
    const { back, reported } = this.#moves[log] as Moves;
    if (seen === undefined || back > seen.number) return undefined;
    // The look counted from a place that a later report is behind.
    const isBehind = reported > seen.number && (this.#known[log] ?? 0) < (seen.committed ?? 0);
    return isBehind ? undefined : seen;
  }

  /** The checkpoint lies beyond the end of the whole log, and did so before the end was read. */
  #isBeyondEnd(log: number): boolean {
    const { filtered, tellsEnd, head } = this.#setting;
    const seen = this.#valid(log);
    if (head === 'none' || (filtered && !tellsEnd) || seen === undefined) return false;
    const end = seen.events.at(-1)?.position ?? 0;
    const { moved } = this.#moves[log] as Moves;
    return moved <= seen.number && (this.#known[log] ?? 0) > end;
  }

  /** Matching events that were in the log when it was last seen, after a position. */
  #pending(log: number, committed: number): StoredEvent[] {
    const events = this.#seen[log]?.events ?? [];
    return events.filter((it) => it.matches && it.position > committed);
  }

  #oldestOf(log: number): number | undefined {
    const committed = this.#seen[log]?.committed;
    if (committed === undefined || this.#setting.head === 'headOnly') return undefined;
    const pending = this.#pending(log, committed);
    return pending.length === 0 ? undefined : Math.min(...pending.map((it) => it.recordedMs));
  }

  #isCaughtUp(log: number): boolean | undefined {
    const seen = this.#valid(log);
    if (seen === undefined || this.#isBeyondEnd(log)) return undefined;
    const isAll = this.#setting.head === 'lastOfAll';
    const last = seen.events.filter((it) => isAll || it.matches).at(-1);
    if (last === undefined) return true;
    const known = this.#known[log];
    if (known !== undefined && known >= last.position) return true;
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
    const { commit, head, partitions } = this.#setting;
    const isRead = commit === 'source' || (head === 'combined' && this.#seen[log] !== undefined);
    if (isRead && now.ms - (this.#moves[log] as Moves).reportedMs > STALE_MS) return undefined;
    // Of how many partitions it is one, only a look at the heads tells.
    if (partitions > 0 && this.#seen[log] === undefined) return undefined;
    return this.#hasRow[log] === true ? this.#known[log] : undefined;
  }

  #headPosition(log: number, now: Now): number | undefined {
    if (!this.#isFresh(log, now)) return undefined;
    const isAll = this.#setting.head === 'lastOfAll';
    return this.#seen[log]?.events.filter((it) => isAll || it.matches).at(-1)?.position;
  }

  #state(now: Now): string {
    if (this.#paused) return 'paused';
    // Without a head, nothing tells whether the event is tried again.
    const isOver = this.#setting.head === 'none' && now.ms - this.#failedMs >= 60_000;
    if (this.#faulted && !isOver) return 'faulted';
    if (this.#logs.some((_, i) => this.#isBeyondEnd(i))) return 'faulted';
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
    if (this.#isUnknown()) return false;
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

  #isUnknown(): boolean {
    const { partitions } = this.#setting;
    if (partitions === 0) return this.#known[0] === undefined;
    if (this.#completed !== undefined) return false;
    return this.#known.some((it, i) => it === undefined || this.#seen[i] === undefined);
  }

  #leftEvents(target: readonly number[]): number {
    const left = this.#logs.map((_, i) =>
      this.#pending(i, this.#seen[i]?.committed ?? 0).filter(
        (it) => it.position <= (target[i] ?? 0),
      ),
    );
    return left.flat().length;
  }

  #distance([end = 0]: readonly number[]): number | undefined {
    if (this.#setting.partitions > 0) return undefined;
    const left = end - (this.#known[0] ?? 0);
    return left < 0 ? undefined : left;
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

function seconds(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : ms / 1000;
}

function clean(values: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(values).filter((it): it is [string, number] => it[1] !== undefined),
  );
}
