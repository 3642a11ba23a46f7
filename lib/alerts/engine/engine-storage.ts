import type { Clock } from '../../kernel/clock.js';
import type { AlertSilences } from '../notifications/alert-silences.js';
import type { NotificationLog } from '../notifications/notification-log.js';
import type { AlertInstance } from './alert-instances.js';
import type { RuleEvaluation } from './rule-evaluation.js';
import type { RuleSet } from './rule-set.js';
import { contentTexts, type EngineContent, loadState, saveState } from './state-file.js';

/** Dependencies of {@link EngineStorage}. */
export interface EngineStorageDeps {
  readonly clock: Clock;
  /** Returns the path of the file; `undefined` without one. */
  path(): string | undefined;
  report(error: unknown): void;
}

/** Age of a state from which alerts are not taken over. */
const TOLERANCE_MS = 3_600_000;
/** Time after the start for which an alert goes on although its series are not there yet. */
const GRACE_MS = 120_000;

/** File of the state of an engine. It is written one at a time, and only when something has changed. */
export class EngineStorage {
  readonly #deps: EngineStorageDeps;
  #writing: Promise<void> | undefined;
  #next: (() => EngineContent) | undefined;
  #written = '';

  constructor(deps: EngineStorageDeps) {
    this.#deps = deps;
  }

  /** Takes over the state of an earlier process. */
  async load(rules: RuleSet, log: NotificationLog, silences: AlertSilences): Promise<void> {
    const path = this.#deps.path();
    const nowMs = this.#deps.clock.wallMs();
    try {
      const state = path === undefined ? undefined : await loadState(path);
      if (state === undefined) return;
      for (const it of state.silences) silences.put(it);
      for (const [key, told] of state.told) log.restore(key, told);
      const downMs = nowMs - state.savedAtMs;
      if (downMs > TOLERANCE_MS || downMs < 0) return;
      rules.series.restore(state.series);
      const known = new Map(state.alerts);
      for (const it of rules.alerting)
        it.instances?.restore(
          (known.get(nameOf(it)) ?? []).map((one) => restored(one, downMs, nowMs)),
        );
    } catch (error) {
      this.#deps.report(error);
    }
  }

  /** Writes the state, after what is being written. */
  save(rules: RuleSet, log: NotificationLog, silences: AlertSilences): void {
    this.#next = () => ({
      alerts: rules.alerting.flatMap((it) => {
        const all = it.instances?.all ?? [];
        return all.length === 0 ? [] : [[nameOf(it), all] as const];
      }),
      told: log.entries,
      silences: silences.stored,
      series: rules.series.saved(this.#deps.clock.wallMs()),
    });
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined));
  }

  /** Resolves when everything is written. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#next !== undefined) {
      const content = this.#next();
      this.#next = undefined;
      const path = this.#deps.path();
      if (path === undefined) return;
      const savedAtMs = this.#deps.clock.wallMs();
      const texts = await contentTexts(content);
      // The time alone is no change, unless alerts wait for it.
      const text = content.alerts.length > 0 ? '' : texts.join('');
      if (text !== '' && text === this.#written) continue;
      try {
        await saveState(path, savedAtMs, texts);
        this.#written = text;
      } catch (error) {
        this.#deps.report(error);
      }
    }
  }
}

/** The time in which no process ran does not count for an alert that was pending. */
function restored(it: AlertInstance, downMs: number, nowMs: number): AlertInstance {
  const activeAtMs = it.state === 'pending' ? it.activeAtMs + downMs : it.activeAtMs;
  return { ...it, activeAtMs, graceUntilMs: nowMs + GRACE_MS };
}

function nameOf({ plan }: RuleEvaluation): string {
  return JSON.stringify([plan.name, plan.query]);
}
