import { alertDefinitions } from '../../alerting/alert-definitions.js';
import { alertRules } from '../../alerting/alert-rules.js';
import type { LiveSources } from './live-sources.js';
import type { Reason } from './live-state.js';

const HOUR_MS = 3_600_000;
const STEP_MS = 30_000;
const MOST = 64;

/** Finds since when a reason holds: it asks the history for the expression of its alert, once for each reason. */
export class SinceTimes {
  readonly #sources: LiveSources;
  readonly #found = new Map<string, number | undefined>();
  #expressions: ReadonlyMap<string, string> | undefined;

  constructor(sources: LiveSources) {
    this.#sources = sources;
  }

  /** Returns the reasons with their times. */
  async complete(reasons: readonly Reason[], nowMs: number): Promise<Reason[]> {
    const completed: Reason[] = [];
    const keys = new Set<string>();
    for (const it of reasons) {
      const key = `${it.alert}\u0000${it.about}`;
      keys.add(key);
      completed.push(
        it.sinceMs === undefined ? { ...it, sinceMs: await this.#of(it, key, nowMs) } : it,
      );
    }
    for (const key of this.#found.keys()) if (!keys.has(key)) this.#found.delete(key);
    return completed;
  }

  async #of(reason: Reason, key: string, nowMs: number): Promise<number | undefined> {
    if (this.#found.has(key)) return this.#found.get(key);
    if (this.#found.size >= MOST) return undefined;
    let found: number | undefined;
    try {
      found = await this.#ask(reason, nowMs);
    } catch (error) {
      this.#sources.fault(error);
    }
    // A reason of the page is found a little before the alert holds.
    const since = found ?? nowMs;
    this.#found.set(key, since);
    return since;
  }

  async #ask({ alert = '', about }: Reason, nowMs: number): Promise<number | undefined> {
    const expression = this.#expressionOf(alert);
    if (expression === undefined) return undefined;
    const endMs = Math.floor(nowMs / STEP_MS) * STEP_MS;
    const range = { startMs: endMs - HOUR_MS, endMs, stepMs: STEP_MS };
    const result = await this.#sources.queries.queryRange(expression, range);
    if (result.type !== 'matrix') return undefined;
    const words = about.split(' ');
    const series = result.series.find(({ labels }) =>
      words.every((word) => labels.names.some((it) => labels.get(it) === word)),
    );
    const times = series?.timesMs ?? [];
    let since: number | undefined;
    for (let i = times.length - 1; i >= 0; i--) {
      if (since !== undefined && since - times[i]! > STEP_MS) break;
      since = times[i];
    }
    return since;
  }

  #expressionOf(alert: string): string | undefined {
    if (!alertDefinitions.some(({ name }) => name === alert)) return undefined;
    this.#expressions ??= new Map(
      alertRules({ namespace: this.#sources.namespace }).flatMap(({ rules }) =>
        rules.flatMap((it) => ('alert' in it ? [[it.alert, it.expr] as const] : [])),
      ),
    );
    return this.#expressions.get(alert);
  }
}
