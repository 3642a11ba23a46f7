/** Last notification of a group to a receiver. */
export interface ToldGroup {
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  /** Alerts that were told to fire before, and whose end was not told: a silence kept it back. */
  readonly unended?: readonly string[];
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

const MAX_UNENDED = 1_000;
const RETENTION_MS = 5 * 86_400_000;

/** Remembers what was told, so that nothing is told twice: Alertmanager's log of notifications. */
export class NotificationLog {
  readonly #told = new Map<string, ToldGroup>();

  /** Entries for a file. */
  get entries(): readonly (readonly [string, ToldGroup])[] {
    return [...this.#told];
  }

  /** Takes over an entry of an earlier process. */
  restore(key: string, told: ToldGroup): void {
    this.#told.set(key, told);
  }

  /** Forgets everything: another process tells from now on. */
  clear(): void {
    this.#told.clear();
  }

  /** Notes what was told now. */
  note(key: string, told: Omit<ToldGroup, 'unended'>): void {
    const now = new Set([...told.firing, ...told.resolved]);
    const { firing = [], unended = [] } = this.#told.get(key) ?? {};
    const kept = new Set([...firing, ...unended].filter((it) => !now.has(it)));
    this.#told.set(key, { ...told, unended: [...kept].slice(0, MAX_UNENDED) });
  }

  /** Returns true if a receiver was told that an alert of a group fires. */
  knows(key: string, alert: string): boolean {
    const { firing = [], unended = [] } = this.#told.get(key) ?? {};
    return firing.includes(alert) || unended.includes(alert);
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
    const unended = new Set(told.unended);
    const tellsEnd = sendsResolved && resolved.some((it) => unended.has(it));
    if (firing.length === 0) return told.firing.length > 0 || tellsEnd;
    if (sendsResolved && !isSubset(resolved, told.resolved)) return true;
    return told.atMs <= nowMs - repeatMs;
  }
}

function isSubset(part: readonly string[], whole: readonly string[]): boolean {
  const known = new Set(whole);
  return part.every((it) => known.has(it));
}
