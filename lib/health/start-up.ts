import type { HealthChecks } from './health-checks.js';

/** What a {@link StartUp} waits for besides the checks of its group. */
export interface StartUpConditions {
  /** Whether the last bootstrap hook has run. */
  isStarted(): boolean;
  /** Whether the projections that are waited for have caught up. */
  areProjectionsReady(): boolean;
}

/** Whether an application has finished starting. Once it has, what comes later is no start. */
export class StartUp {
  readonly #checks: HealthChecks;
  readonly #conditions: StartUpConditions;
  #isOver = false;

  constructor(checks: HealthChecks, conditions: StartUpConditions) {
    this.#checks = checks;
    this.#conditions = conditions;
  }

  /** Whether it is over: bootstrapped, and every check of the group `startup` has been well. */
  async isOver(): Promise<boolean> {
    if (this.#isOver) return true;
    if (!this.#conditions.isStarted() || !this.#conditions.areProjectionsReady()) return false;
    const states = await Promise.all(this.#checks.members('startup').map((it) => it.read()));
    this.#isOver ||= states.every(({ level }) => level !== 'down');
    return this.#isOver;
  }
}
