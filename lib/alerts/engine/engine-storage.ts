import type { Clock } from '../../kernel/clock.js';
import type { AlertSilences } from '../notifications/alert-silences.js';
import type { GroupedAlert } from '../notifications/notification-groups.js';
import type { NotificationLog } from '../notifications/notification-log.js';
import type { AlertInstance } from './alert-instances.js';
import { groupedAlerts } from './alert-views.js';
import type { RuleEvaluation } from './rule-evaluation.js';
import type { RuleSet } from './rule-set.js';
import {
  contentTexts,
  type EngineContent,
  type EngineState,
  loadState,
  saveState,
  stateOf,
  stateTexts,
} from './state-file.js';

/** Store that several processes share. */
export interface SharedState {
  /** Returns the text that was saved last; `undefined` for none. */
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
}

/** Dependencies of {@link EngineStorage}. */
export interface EngineStorageDeps {
  readonly clock: Clock;
  /** Returns the path of the file; `undefined` without one. */
  path(): string | undefined;
  /** Store in place of the file. */
  readonly shared: SharedState | undefined;
  /** Another process may have been the owner since the file was written. */
  readonly isOneOfSeveral: boolean;
  report(error: unknown): void;
}

/** Age of a state from which alerts are not taken over. */
const TOLERANCE_MS = 3_600_000;
/** Time after the start for which an alert goes on although its series are not there yet. */
const GRACE_MS = 120_000;

/** State of an engine that outlives it: a file, or a store that processes share. It is written one at a time. */
export class EngineStorage {
  readonly #deps: EngineStorageDeps;
  #writing: Promise<void> | undefined;
  #next: (() => EngineContent) | undefined;
  #written = '';
  readonly #seriesAreThereMs: number;

  constructor(deps: EngineStorageDeps) {
    this.#deps = deps;
    this.#seriesAreThereMs = deps.clock.wallMs() + GRACE_MS;
  }

  /** False without a file and without a store. */
  get isThere(): boolean {
    return this.#deps.shared !== undefined || this.#deps.path() !== undefined;
  }

  /**
   * Takes over the state of an earlier process.
   *
   * @returns Alerts that fired then and that no rule goes on with: they have ended.
   */
  async load(
    rules: RuleSet,
    log: NotificationLog,
    silences: AlertSilences,
  ): Promise<readonly GroupedAlert[]> {
    try {
      const state = await this.#read();
      if (state === undefined) return [];
      for (const it of state.silences) silences.put(it);
      const { shared, isOneOfSeveral } = this.#deps;
      // The file of a process that has not led all the time since says nothing about what was told.
      if (isOneOfSeveral && shared === undefined) return [];
      for (const [key, told] of state.told) log.restore(key, told);
      return this.#takeOver(state, rules);
    } catch (error) {
      this.#deps.report(error);
      return [];
    }
  }

  async #read(): Promise<EngineState | undefined> {
    const { shared, path } = this.#deps;
    const file = path();
    const text = shared === undefined ? file && (await loadState(file)) : await shared.load();
    return text === undefined ? undefined : stateOf(text);
  }

  #takeOver({ alerts, savedAtMs, series }: EngineState, rules: RuleSet): readonly GroupedAlert[] {
    const nowMs = this.#deps.clock.wallMs();
    const downMs = nowMs - savedAtMs;
    const left = new Map(alerts);
    if (downMs >= 0 && downMs <= TOLERANCE_MS) {
      rules.series.restore(series);
      for (const it of rules.alerting) {
        const name = nameIn(left, it);
        if (name === undefined) continue;
        const known = left.get(name) ?? [];
        it.instances?.restore(known.map((one) => this.#restored(one, downMs)));
        left.delete(name);
      }
    }
    return [...left.values()].flatMap((all) =>
      groupedAlerts(all).map((it) => ({ ...it, endsAtMs: it.endsAtMs ?? nowMs })),
    );
  }

  /** The time in which no process ran does not count for an alert that was pending. */
  #restored(it: AlertInstance, downMs: number): AlertInstance {
    const activeAtMs = it.state === 'pending' ? it.activeAtMs + downMs : it.activeAtMs;
    return { ...it, activeAtMs, graceUntilMs: this.#seriesAreThereMs };
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
      const { shared, path, clock } = this.#deps;
      const file = path();
      if (!this.isThere) return;
      const savedAtMs = clock.wallMs();
      const texts = await contentTexts(content);
      // The time alone is no change, unless alerts wait for it. A former owner may have written to a shared store.
      const text = content.alerts.length > 0 || shared ? '' : texts.join('');
      if (text !== '' && text === this.#written) continue;
      const all = stateTexts(savedAtMs, texts);
      try {
        if (shared !== undefined) await shared.save(all.join(''));
        else if (file !== undefined) await saveState(file, all);
        this.#written = text;
      } catch (error) {
        this.#deps.report(error);
      }
    }
  }
}

/** Returns the name under which alerts of a rule were saved; its query may have changed since. */
function nameIn(saved: ReadonlyMap<string, unknown>, rule: RuleEvaluation): string | undefined {
  const name = nameOf(rule);
  if (saved.has(name)) return name;
  return [...saved.keys()].find((it) => (JSON.parse(it) as string[])[0] === rule.plan.name);
}

function nameOf({ plan }: RuleEvaluation): string {
  return JSON.stringify([plan.name, plan.query]);
}
