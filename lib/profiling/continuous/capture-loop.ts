import { repeat } from '../../kernel/timers.js';
import type { PluginContext } from '../../plugins/plugin.js';
import { ProfileEnded, type ProfileSlot } from '../capture/profile-slot.js';
import { type HottestFunctions } from '../formats/hottest-functions.js';
import { hottestOf } from '../formats/profile-kinds.js';
import type { ProfileTarget } from './profile-target.js';

/** Profiles that are taken again and again. */
export interface CaptureLoopOptions {
  /** Time between two looks in milliseconds. */
  readonly everyMs: number;
  /** Length of a profile in seconds. */
  readonly seconds: number;
  readonly target: ProfileTarget;
  /** Returns true when a look is to take a profile. */
  isDue(): boolean;
  /** Tells of a profile that was taken. */
  taken(place: string, hottest: HottestFunctions): void;
}

/** Takes a CPU profile at each look at which one is due and no other one is being taken. */
export class CaptureLoop {
  readonly #options: CaptureLoopOptions;
  readonly #slot: ProfileSlot;
  readonly #context: Pick<PluginContext, 'timers' | 'report'>;
  #cancel: () => void = () => undefined;

  constructor(
    slot: ProfileSlot,
    context: Pick<PluginContext, 'timers' | 'report'>,
    options: CaptureLoopOptions,
  ) {
    this.#slot = slot;
    this.#context = context;
    this.#options = options;
  }

  start(): void {
    const { timers } = this.#context;
    this.#cancel = repeat(timers, this.#options.everyMs, () => void this.#look());
  }

  stop(): void {
    this.#cancel();
  }

  async #look(): Promise<void> {
    const { isDue, seconds, target, taken } = this.#options;
    if (!this.#slot.isFree || !isDue()) return;
    try {
      const stop = new AbortController();
      const profile = await this.#slot.take({ kind: 'cpu', seconds, stop });
      taken(await target.take(profile), hottestOf(profile));
    } catch (error) {
      if (!(error instanceof ProfileEnded)) this.#context.report(error);
    }
  }
}
