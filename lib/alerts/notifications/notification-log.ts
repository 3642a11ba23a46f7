/** Last notification of a group to a receiver. */
export interface ToldGroup {
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  /** Unix time in milliseconds. */
  readonly atMs: number;
}

/** State of a group that is about to be told. */
interface GroupState {
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  readonly sendsResolved: boolean;
  readonly repeatMs: number;
  readonly nowMs: number;
}

const RETENTION_MS = 5 * 86_400_000;

/** Remembers what was told, so that nothing is told twice: Alertmanager's log of notifications. */
export class NotificationLog {
  readonly #told = new Map<string, ToldGroup>();

  /** Entries for a file. */
  get entries(): readonly (readonly [string, ToldGroup])[] {
    return [...this.#told];
  }

  note(key: string, told: ToldGroup): void {
    this.#told.set(key, told);
  }

  /** Returns true if a receiver was told that an alert of a group fires. */
  knows(key: string, alert: string): boolean {
    return this.#told.get(key)?.firing.includes(alert) === true;
  }

  expire(nowMs: number): void {
    for (const [key, { atMs }] of this.#told)
      if (atMs < nowMs - RETENTION_MS) this.#told.delete(key);
  }

  /** Returns true if a group has news for a receiver, or must be repeated. */
  hasNews(key: string, state: GroupState): boolean {
    const { firing, resolved, sendsResolved, repeatMs, nowMs } = state;
    const told = this.#told.get(key);
    if (told === undefined) return firing.length > 0;
    if (!isSubset(firing, told.firing)) return true;
    // Also without resolved notifications: the log must forget the alerts that fired.
    if (firing.length === 0) return told.firing.length > 0;
    if (sendsResolved && !isSubset(resolved, told.resolved)) return true;
    return told.atMs <= nowMs - repeatMs;
  }
}

function isSubset(part: readonly string[], whole: readonly string[]): boolean {
  const known = new Set(whole);
  return part.every((it) => known.has(it));
}
