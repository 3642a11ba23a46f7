import type { Clock } from '../../kernel/clock.js';
import { LabelSet } from '../../query/label-set.js';
import { isMutedAt } from './mute-times.js';
import type { NotificationLog } from './notification-log.js';
import { type RoutePlan, routesOf } from './routes.js';

/** Alert that was handed to the notifications. */
export interface GroupedAlert {
  readonly labels: LabelSet;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: number;
  readonly startsAtMs: number;
  /** End of a resolved alert. */
  readonly endsAtMs: number | undefined;
}

/** Group that is about to be told. */
export interface GroupFlush {
  readonly route: RoutePlan;
  readonly groupKey: string;
  readonly groupLabels: LabelSet;
  readonly alerts: readonly GroupedAlert[];
  /** Notes that the receiver has it. */
  sent(): void;
}

/** Dependencies of {@link NotificationGroups}. */
export interface NotificationGroupsDeps {
  readonly clock: Clock;
  readonly routes: readonly RoutePlan[];
  readonly log: NotificationLog;
  /** Returns a test for the alerts that are silenced or inhibited now. */
  heldBack(): IsHeldBack;
}

type IsHeldBack = (alert: GroupedAlert) => boolean;

/** Group to which an alert belongs. */
type Place = Pick<Group, 'key' | 'route' | 'labels'>;

interface Group {
  readonly key: string;
  readonly route: RoutePlan;
  readonly labels: LabelSet;
  readonly alerts: Map<string, GroupedAlert>;
  dueMs: number;
  isNew: boolean;
}

/** Most alerts of all groups. */
const MAX_ALERTS = 10_000;

/** Groups of alerts by route, as Alertmanager makes them: inhibit, silence, mute, group, deduplicate, repeat. */
export class NotificationGroups {
  readonly #deps: NotificationGroupsDeps;
  readonly #groups = new Map<string, Group>();
  /** An alert has the same labels object in each evaluation. */
  readonly #places = new WeakMap<LabelSet, readonly Place[]>();
  #alerts = 0;

  constructor(deps: NotificationGroupsDeps) {
    this.#deps = deps;
  }

  /** Time of the next flush: Unix time in milliseconds; `undefined` without groups. */
  get dueMs(): number | undefined {
    let dueMs: number | undefined;
    for (const it of this.#groups.values()) dueMs = Math.min(dueMs ?? Infinity, it.dueMs);
    return dueMs;
  }

  /**
   * Takes the alerts that fire or have ended.
   *
   * @returns Number of those that were left out beyond the bound.
   */
  put(alerts: readonly GroupedAlert[]): number {
    const nowMs = this.#deps.clock.wallMs();
    let leftOut = 0;
    for (const alert of alerts)
      for (const place of this.#placesOf(alert.labels))
        if (!this.#put(place, alert, nowMs)) leftOut++;
    return leftOut;
  }

  /** Forgets all groups: another process has taken over. */
  clear(): void {
    this.#groups.clear();
    this.#alerts = 0;
  }

  /** Returns the groups that are due, one after the other: those that have news, and `undefined` for the others. */
  *flush(): Generator<GroupFlush | undefined, void> {
    const nowMs = this.#deps.clock.wallMs();
    this.#deps.log.expire(nowMs);
    let isHeldBack: IsHeldBack | undefined;
    for (const group of this.#groups.values()) {
      if (group.dueMs > nowMs) continue;
      group.dueMs = nowMs + group.route.groupIntervalMs;
      group.isNew = false;
      isHeldBack ??= this.#deps.heldBack();
      yield this.#flushOf(group, nowMs, isHeldBack);
    }
  }

  #placesOf(all: LabelSet): readonly Place[] {
    const known = this.#places.get(all);
    if (known !== undefined) return known;
    const places = routesOf(all, this.#deps.routes).map((route) => {
      const labels = all.only(route.groupBy);
      return { route, labels, key: keyOf(route, labels) };
    });
    this.#places.set(all, places);
    return places;
  }

  /** @returns False for an alert that was left out. */
  #put({ route, labels, key }: Place, alert: GroupedAlert, nowMs: number): boolean {
    const known = this.#groups.get(key);
    if (!known?.alerts.has(alert.labels.key)) {
      // The end of an alert that no group knows is no news.
      if (alert.endsAtMs !== undefined && !this.#deps.log.knows(key, alert.labels.key)) return true;
      if (this.#alerts >= MAX_ALERTS) return false;
    }
    const group = known ?? {
      key,
      route,
      labels,
      alerts: new Map<string, GroupedAlert>(),
      isNew: true,
      dueMs: nowMs + route.groupWaitMs,
    };
    this.#groups.set(key, group);
    if (!group.alerts.has(alert.labels.key)) this.#alerts++;
    group.alerts.set(alert.labels.key, alert);
    // One that has waited long enough already, as after a restart, waits no more.
    if (group.isNew && alert.startsAtMs + route.groupWaitMs < nowMs) group.dueMs = nowMs;
    return true;
  }

  #flushOf(group: Group, nowMs: number, isHeldBack: IsHeldBack): GroupFlush | undefined {
    const { route, key } = group;
    const { log } = this.#deps;
    const all = [...group.alerts.values()];
    if (!route.isUnfiltered && isMutedAt(route.muteTimes, nowMs)) return this.#prune(group, all);
    const alerts = route.isUnfiltered ? all : all.filter((it) => !isHeldBack(it));
    if (alerts.length === 0) return this.#prune(group, all);
    const keysOf = (isResolved: boolean) =>
      alerts
        .filter(({ endsAtMs }) => (endsAtMs !== undefined) === isResolved)
        .map(({ labels }) => labels.key);
    const told = { firing: keysOf(false), resolved: keysOf(true) };
    const { sendsResolved, repeatIntervalMs: repeatMs } = route;
    if (!log.hasNews(key, { ...told, sendsResolved, repeatMs, nowMs }))
      return this.#prune(group, all);
    const sent = () => {
      log.note(key, { ...told, atMs: nowMs });
      this.#prune(group, all);
    };
    const shown = sendsResolved ? alerts : alerts.filter((it) => it.endsAtMs === undefined);
    if (shown.length === 0) {
      sent();
      return undefined;
    }
    return { route, groupKey: key, groupLabels: group.labels, alerts: shown, sent };
  }

  /** Removes alerts that have ended and were told, and a group without alerts. */
  #prune(group: Group, alerts: readonly GroupedAlert[]): undefined {
    for (const it of alerts) {
      const isSame = group.alerts.get(it.labels.key) === it;
      if (it.endsAtMs === undefined || !isSame) continue;
      group.alerts.delete(it.labels.key);
      this.#alerts--;
    }
    if (group.alerts.size === 0) this.#groups.delete(group.key);
    return undefined;
  }
}

function keyOf({ receiver, matchers, step }: RoutePlan, labels: LabelSet): string {
  return `${receiver}/${step}/{${matchers.map(String).join(',')}}:${labels.toString()}`;
}
