import { AsyncLocalStorage, createHook } from 'node:async_hooks';
import type { Timers } from '../kernel/timers.js';

/** Time of the event loop that one handler has used for one tenant. */
export interface LoopAccount {
  /** Estimated milliseconds since the start. */
  cpuMs: number;
  /** Milliseconds measured in the window that is open. */
  windowMs: number;
}

/** Measured time of the event loop, and the times at which windows begin. */
export interface LoopCpuDeps {
  readonly timers: Timers;
  /** Returns a number, 0 to below 1. */
  random(): number;
  /** Returns monotonic milliseconds. */
  now(): number;
  /** Returns the milliseconds that the event loop has been busy since its start. */
  busyMs(): number;
}

const WINDOW_MS = 25;
const PERIOD_MS = 250;

/**
 * Divides the busy time of the event loop among accounts. It measures in windows, and scales each window to the busy time
 * since the one before. What no account explains is {@link LoopCpu.unattributedMs}, so the sum is the busy time.
 */
export class LoopCpu {
  /** Busy milliseconds that belong to no account. */
  unattributedMs = 0;
  readonly #deps: LoopCpuDeps;
  readonly #always: boolean;
  readonly #accounts = new AsyncLocalStorage<LoopAccount | undefined>();
  readonly #touched = new Set<LoopAccount>();
  readonly #outer: (LoopAccount | undefined)[] = [];
  readonly #hook = createHook({ before: () => this.#before(), after: () => this.#after() });
  #current: LoopAccount | undefined;
  #isOpen = false;
  #sinceMs = 0;
  #openedBusyMs = 0;
  #settledBusyMs = 0;
  #cancel: () => void = () => undefined;

  constructor(mode: 'windows' | 'always', deps: LoopCpuDeps) {
    this.#deps = deps;
    this.#always = mode === 'always';
  }

  /** Begins to measure. The first window opens at a random time within the first period. */
  start(): void {
    this.#settledBusyMs = this.#deps.busyMs();
    if (this.#always) this.#open();
    else this.#schedule();
  }

  /** Settles the window that is open and ends. */
  stop(): void {
    this.#cancel();
    if (this.#isOpen) this.#close();
    this.#settle(0, 0);
  }

  /** Runs work for an account: its synchronous part and everything that it starts. */
  run<T>(account: LoopAccount, work: () => T): T {
    if (!this.#isOpen) return this.#accounts.run(account, work);
    const outer = this.#switchTo(account);
    try {
      return this.#accounts.run(account, work);
    } finally {
      if (this.#isOpen) this.#switchTo(outer);
    }
  }

  #schedule(): void {
    // The jitter keeps windows from following work that repeats with the same period.
    const delayMs = (0.5 + this.#deps.random()) * (PERIOD_MS - WINDOW_MS);
    this.#cancel = this.#deps.timers.after(delayMs, () => this.#open());
  }

  #open(): void {
    this.#isOpen = true;
    this.#current = undefined;
    this.#outer.length = 0;
    this.#sinceMs = this.#deps.now();
    this.#openedBusyMs = this.#deps.busyMs();
    this.#hook.enable();
    const lengthMs = this.#always ? PERIOD_MS : WINDOW_MS;
    this.#cancel = this.#deps.timers.after(lengthMs, () => this.#next());
  }

  #next(): void {
    this.#close();
    if (this.#always) this.#open();
    else this.#schedule();
  }

  #close(): void {
    this.#switchTo(undefined);
    this.#isOpen = false;
    this.#hook.disable();
    let measuredMs = 0;
    for (const it of this.#touched) measuredMs += it.windowMs;
    this.#settle(measuredMs, this.#deps.busyMs() - this.#openedBusyMs);
  }

  /** Divides the busy time since the last settlement in the proportions of the window. */
  #settle(measuredMs: number, windowBusyMs: number): void {
    const busyMs = this.#deps.busyMs();
    const periodMs = busyMs - this.#settledBusyMs;
    this.#settledBusyMs = busyMs;
    // The clocks are read one after the other, so the parts may exceed the whole by microseconds.
    const wholeMs = Math.max(measuredMs, windowBusyMs);
    let attributedMs = 0;
    for (const it of this.#touched) {
      const shareMs = wholeMs > 0 ? (it.windowMs / wholeMs) * periodMs : 0;
      it.cpuMs += shareMs;
      it.windowMs = 0;
      attributedMs += shareMs;
    }
    this.#touched.clear();
    this.unattributedMs += periodMs - attributedMs;
  }

  #before(): void {
    this.#outer.push(this.#switchTo(this.#accounts.getStore()));
  }

  #after(): void {
    // A window that opens within a callback sees its end without its begin.
    this.#switchTo(this.#outer.pop());
  }

  #switchTo(next: LoopAccount | undefined): LoopAccount | undefined {
    const nowMs = this.#deps.now();
    const previous = this.#current;
    if (previous !== undefined) {
      previous.windowMs += nowMs - this.#sinceMs;
      this.#touched.add(previous);
    }
    this.#sinceMs = nowMs;
    this.#current = next;
    return previous;
  }
}
