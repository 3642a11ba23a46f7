import type { CallEnd } from '../kernel/call-tracer.js';
import { BareCall } from '../kernel/following/bare-call.js';
import type { LoopAccount, LoopCpu } from './loop-cpu.js';

interface Count {
  inc(amount?: number): void;
}

/** Counts of one handler and one tenant. */
export interface UsageSeries {
  readonly calls: Count;
  /** Seconds. */
  readonly wall: Count;
  /** Seconds; `undefined` without an estimate. */
  readonly cpu: Count | undefined;
}

/** Use of one handler by one tenant. All calls share it: they leave nothing but their counts. */
export class TenantUsage extends BareCall implements LoopAccount {
  windowMs = 0;
  weightMs = 0;
  readonly #series: UsageSeries;
  readonly #loop: LoopCpu | undefined;

  constructor(series: UsageSeries, loop: LoopCpu | undefined) {
    super();
    this.#series = series;
    this.#loop = loop;
  }

  override run<T>(work: () => T): T {
    return this.#loop === undefined ? work() : this.#loop.run(this, work);
  }

  override ended({ seconds }: CallEnd): void {
    this.#series.calls.inc();
    // Without a time, the clock has failed.
    if (seconds >= 0) this.#series.wall.inc(seconds);
  }

  /** {@inheritDoc LoopAccount.charge} */
  charge(ms: number): void {
    this.#series.cpu?.inc(ms / 1_000);
  }
}
