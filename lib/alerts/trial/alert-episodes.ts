import type { LabelSet } from '../../query/label-set.js';
import type { TrialStep } from './rule-trial.js';

/** Life of one alert: pending, perhaps firing, ended. Times are Unix times in milliseconds. */
export interface AlertEpisode {
  readonly labels: LabelSet;
  readonly beganMs: number;
  /** Time since which it fires; `undefined` for one that only was pending. */
  readonly firedMs: number | undefined;
  /** End; `undefined` for one that goes on. */
  readonly endedMs: number | undefined;
  /** Value when it began to fire, or the last one before. */
  readonly value: number;
}

type Growing = { -readonly [K in keyof AlertEpisode]: AlertEpisode[K] };

/** Returns the alerts of a trial in the order of their begin. */
export async function alertEpisodes(
  steps: AsyncIterable<TrialStep>,
): Promise<readonly AlertEpisode[]> {
  const all: Growing[] = [];
  const open = new Map<string, Growing>();
  for await (const { atMs, instances } of steps) {
    const active = instances.filter(({ state }) => state !== 'inactive');
    const present = new Set(active.map(({ labels }) => labels.key));
    for (const [key, it] of open) {
      if (present.has(key)) continue;
      it.endedMs = atMs;
      open.delete(key);
    }
    for (const { labels, activeAtMs, firedAtMs, value } of active) {
      const known = open.get(labels.key);
      const it = known ?? {
        labels,
        beganMs: activeAtMs,
        firedMs: undefined,
        endedMs: undefined,
        value,
      };
      if (known === undefined) all.push(it);
      open.set(labels.key, it);
      if (it.firedMs !== undefined) continue;
      it.value = value;
      it.firedMs = firedAtMs;
    }
  }
  return all;
}
