import { AsyncLocalStorage } from 'node:async_hooks';
import { promiseHooks } from 'node:v8';
import type { Timers } from '../kernel/timers.js';

/** Time of the event loop that one handler uses for one tenant. */
export interface LoopAccount {
  /** Milliseconds measured since the window began. */
  windowMs: number;
  /** Milliseconds measured in recent windows, of which later ones count more. */
  weightMs: number;
  /** Adds estimated milliseconds. */
  charge(ms: number): void;
}

/** Times of windows, in milliseconds. */
export interface WindowPace {
  /** Mean time from one window to the next. */
  readonly periodMs: number;
  /** Time that is watched before a window. */
  readonly leadMs: number;
}

/** Measured time of the event loop, and the times at which windows begin. */
export interface LoopCpuDeps {
  readonly pace: WindowPace;
  readonly timers: Timers;
  /** Returns a number, 0 to below 1. */
  random(): number;
  /** Returns monotonic milliseconds. */
  now(): number;
  /** Returns the milliseconds that the event loop has been busy since its start. */
  busyMs(): number;
  /** Receives the busy milliseconds that belong to no account. */
  unattributed(ms: number): void;
}

const WINDOW_MS = 150;
const ALWAYS_MS = 250;
// Windows are few: a tenant whose calls fall between two of them is known by earlier ones.
const MEMORY = 0.9;
const FORGOTTEN_MS = 0.001;

/**
 * Divides the busy time of the event loop among accounts, by the synchronous parts of calls and by what follows their
 * awaits. It always measures, or in windows, which stand for the busy time between them. The shares of all accounts and
 * what is unattributed are together the busy time.
 *
 * Callbacks of sockets and timers are in no account: a pooled connection would charge its work to the call that opened it.
 */
export class LoopCpu {
  readonly #deps: LoopCpuDeps;
  readonly #always: boolean;
  readonly #context = new AsyncLocalStorage<LoopAccount>();
  /** Accounts with a weight. */
  readonly #accounts = new Set<LoopAccount>();
  readonly #hooks = {
    before: () => this.#switchTo(this.#context.getStore()),
    after: () => this.#switchTo(undefined),
  };
  #weightMs = 0;
  #current: LoopAccount | undefined;
  #sinceMs = 0;
  /** Busy time when the window began; `undefined` between windows. */
  #openedBusyMs: number | undefined;
  #settledBusyMs = 0;
  /** Ends the hooks; `undefined` while there are none. */
  #unhook: (() => void) | undefined;
  #cancel: () => void = () => undefined;

  constructor(mode: 'windows' | 'always', deps: LoopCpuDeps) {
    this.#deps = deps;
    this.#always = mode === 'always';
  }

  /** Begins to measure. */
  start(): void {
    this.#settledBusyMs = this.#deps.busyMs();
    if (this.#always) this.#watch();
    else this.#wait();
  }

  /** Settles what has been measured, and ends. */
  stop(): void {
    this.#cancel();
    this.#unwatch();
    if (this.#openedBusyMs === undefined) this.#forgetLead();
    this.#settle();
  }

  /** Runs work for an account: its synchronous part, and what follows its awaits. */
  run<T>(account: LoopAccount, work: () => T): T {
    if (this.#unhook === undefined) return this.#context.run(account, work);
    const outer = this.#current;
    this.#switchTo(account);
    try {
      return this.#context.run(account, work);
    } finally {
      this.#switchTo(outer);
    }
  }

  #wait(): void {
    // The jitter keeps windows from following work that repeats with the same period.
    const { random, timers, pace } = this.#deps;
    const delayMs = (0.5 + random()) * (pace.periodMs - pace.leadMs - WINDOW_MS);
    this.#cancel = timers.after(delayMs, () => this.#lead());
  }

  #lead(): void {
    this.#watch();
    this.#cancel = this.#deps.timers.after(this.#deps.pace.leadMs, () => this.#begin());
  }

  #watch(): void {
    this.#unhook = promiseHooks.createHook(this.#hooks) as () => void;
    if (this.#always) this.#begin();
  }

  #begin(): void {
    this.#switchTo(undefined);
    this.#forgetLead();
    this.#openedBusyMs = this.#deps.busyMs();
    this.#cancel = this.#deps.timers.after(this.#always ? ALWAYS_MS : WINDOW_MS, () => this.#end());
  }

  #forgetLead(): void {
    for (const it of this.#accounts) it.windowMs = 0;
  }

  #end(): void {
    this.#unwatch();
    this.#settle();
    if (this.#always) this.#watch();
    else this.#wait();
  }

  #unwatch(): void {
    this.#switchTo(undefined);
    this.#unhook?.();
    this.#unhook = undefined;
  }

  /** Divides the busy time since the last settlement as the windows have been used. */
  #settle(): void {
    const busyMs = this.#deps.busyMs();
    const periodMs = busyMs - this.#settledBusyMs;
    const windowMs = busyMs - (this.#openedBusyMs ?? busyMs);
    this.#settledBusyMs = busyMs;
    this.#openedBusyMs = undefined;
    const memory = this.#always ? 0 : MEMORY;
    let measuredMs = 0;
    for (const it of this.#accounts) measuredMs += it.windowMs;
    // The clocks are read one after the other, so the parts may exceed the whole by microseconds.
    this.#weightMs = this.#weightMs * memory + Math.max(measuredMs, windowMs);
    let attributedMs = 0;
    for (const it of this.#accounts) {
      it.weightMs = it.weightMs * memory + it.windowMs;
      it.windowMs = 0;
      const shareMs = this.#weightMs > 0 ? (it.weightMs / this.#weightMs) * periodMs : 0;
      it.charge(shareMs);
      attributedMs += shareMs;
      if (it.weightMs < FORGOTTEN_MS) this.#accounts.delete(it);
    }
    this.#deps.unattributed(Math.max(0, periodMs - attributedMs));
  }

  #switchTo(next: LoopAccount | undefined): void {
    const previous = this.#current;
    if (previous === next) return;
    const nowMs = this.#deps.now();
    if (previous !== undefined) previous.windowMs += nowMs - this.#sinceMs;
    if (next !== undefined) this.#accounts.add(next);
    this.#sinceMs = nowMs;
    this.#current = next;
  }
}
