import type { LabelMatcher } from '../../query/label-matcher.js';
import type { LabelSet } from '../../query/label-set.js';
import { matchesAll } from './matchers.js';
import type { MuteTime } from './mute-times.js';

/** Route of alerts to one receiver. */
export interface RoutePlan {
  readonly receiver: string;
  readonly matchers: readonly LabelMatcher[];
  readonly groupBy: readonly string[];
  readonly groupWaitMs: number;
  readonly groupIntervalMs: number;
  readonly repeatIntervalMs: number;
  /** Times at which nothing is sent. */
  readonly muteTimes: readonly MuteTime[];
  readonly sendsResolved: boolean;
  /** Sends silenced, inhibited and muted alerts as well. */
  readonly isUnfiltered: boolean;
  /** Alerts go on to later routes. */
  readonly continues: boolean;
  /** Number of the option that it comes from: a route with several receivers is several of these. */
  readonly step: number;
}

/** Returns the routes that an alert takes. */
export function routesOf(labels: LabelSet, routes: readonly RoutePlan[]): readonly RoutePlan[] {
  const taken: RoutePlan[] = [];
  let last: number | undefined;
  for (const it of routes) {
    if (last !== undefined && it.step !== last) return taken;
    if (!matchesAll(it.matchers, labels)) continue;
    taken.push(it);
    if (!it.continues) last = it.step;
  }
  return taken;
}
