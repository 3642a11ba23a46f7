import { errorKind } from '../../../kernel/faults.js';
import type { Timers } from '../../../kernel/timers.js';
import type { LogRecord } from '../../log-record.js';
import type { OpenSink, SinkHost } from '../log-sink.js';
import type { ShipAnswer, ShipTransport } from './http-transport.js';
import { type QueuedLine, type ShipLimits, ShipQueue } from './ship-queue.js';
import {
  isTemporary,
  retryAfterMs,
  retryDelayMs,
  type ShipFormat,
  unreachable,
  type Verdict,
  verdictOf,
} from './verdict.js';

/** Dependencies of a {@link Shipper}. */
export interface ShipperDeps {
  /** Name of the sink, for faults. */
  readonly sink: string;
  readonly host: SinkHost;
  readonly format: ShipFormat;
  readonly transport: ShipTransport;
  readonly limits: ShipLimits;
  readonly timers: Timers;
  /** Returns a number from 0 to below 1. */
  random(): number;
}

interface FlushWaiter {
  readonly upTo: number;
  readonly limitMs: number;
  end(): void;
}

/** Time limit of a flush after failures: a receiver that is down must not slow down a deployment. */
const PATIENCE_MS = 1_000;

/**
 * Sends lines to a receiver in batches, one at a time and in their order. What the receiver cannot take now is sent again
 * until it does; beyond the bound the oldest lines are dropped and counted. It writes no log line itself.
 */
export class Shipper implements OpenSink {
  readonly #deps: ShipperDeps;
  readonly #queue: ShipQueue;
  readonly #waiters = new Set<FlushWaiter>();
  #cancelNext: (() => void) | undefined;
  #isUrgent = false;
  #isSending = false;
  #isPrepared: boolean;
  #isClosed = false;
  #isUnwell = false;
  #failures = 0;
  /** Lines of the next batch; fewer after a request that was too large. */
  #mostLines: number;

  constructor(deps: ShipperDeps) {
    this.#deps = deps;
    this.#queue = new ShipQueue(deps.limits.maxBufferedBytes);
    this.#isPrepared = deps.format.preparation === undefined;
    this.#mostLines = deps.limits.batch.lines;
  }

  get bufferedBytes(): number {
    return this.#queue.bytes;
  }

  /** {@inheritDoc OpenSink.write} */
  write(record: LogRecord): void {
    const { host } = this.#deps;
    if (this.#isClosed) return host.dropped('exit', 1);
    const dropped = this.#queue.add(record);
    if (dropped > 0) host.dropped('overflow', dropped);
    if (this.#cancelNext === undefined || (this.#isFull && !this.#isUrgent)) this.#schedule();
  }

  /** {@inheritDoc OpenSink.flush} It ends within its time limit, and sooner when the receiver wants longer pauses. */
  async flush(): Promise<void> {
    const { timers, limits } = this.#deps;
    if (this.#queue.total === 0 || this.#isClosed) return;
    const limitMs = this.#isUnwell
      ? Math.min(PATIENCE_MS, limits.flushTimeoutMs)
      : limits.flushTimeoutMs;
    await new Promise<void>((resolve) => {
      const end = () => {
        cancel();
        this.#waiters.delete(waiter);
        resolve();
      };
      const waiter = { upTo: this.#queue.lastNumber, limitMs, end };
      const expire = () => {
        this.#isUnwell = true;
        end();
      };
      const cancel = timers.after(limitMs, expire, { keepsAlive: true });
      this.#waiters.add(waiter);
      if (!this.#isSending) this.#run();
    });
  }

  /** {@inheritDoc OpenSink.flushSync} A process that exits sends nothing: the lines are counted. */
  flushSync(): void {
    this.#giveUp();
  }

  /** {@inheritDoc OpenSink.close} */
  async close(): Promise<void> {
    await this.flush();
    this.#giveUp();
    this.#deps.transport.close();
  }

  get #isFull(): boolean {
    const { batch } = this.#deps.limits;
    return this.#queue.length >= this.#mostLines || this.#queue.waitingBytes >= batch.bytes;
  }

  #giveUp(): void {
    this.#isClosed = true;
    this.#cancelNext?.();
    const lost = this.#queue.clear();
    if (lost > 0) this.#deps.host.dropped('exit', lost);
    for (const it of this.#waiters) it.end();
  }

  /** Schedules the next batch: at once when it is full or awaited. A pause after a failure stays. */
  #schedule(): void {
    if (this.#isSending || this.#isClosed || this.#failures > 0) return;
    this.#isUrgent = this.#isFull || this.#waiters.size > 0;
    this.#after(this.#isUrgent ? 0 : this.#deps.limits.intervalMs);
  }

  #after(delayMs: number): void {
    this.#cancelNext?.();
    this.#cancelNext = this.#deps.timers.after(delayMs, () => this.#run());
  }

  #run(): void {
    this.#cancelNext?.();
    this.#cancelNext = undefined;
    if (this.#isSending || this.#isClosed || this.#queue.total === 0) return;
    this.#isSending = true;
    void this.#ship().then((pauseMs) => this.#continue(pauseMs));
  }

  #continue(pauseMs: number): void {
    this.#isSending = false;
    if (this.#isClosed) return;
    for (const it of this.#waiters) {
      if (this.#queue.oldestNumber > it.upTo || pauseMs > it.limitMs) it.end();
    }
    if (pauseMs > 0) this.#after(pauseMs);
    else if (this.#queue.length > 0) this.#schedule();
  }

  /**
   * Sends one batch; never rejects.
   *
   * @returns Milliseconds to wait before the next; 0 after a success.
   */
  async #ship(): Promise<number> {
    const { clock } = this.#deps.host;
    if (!this.#isPrepared && !(await this.#prepare())) return this.#pause('');
    const batch = this.#queue.take({
      lines: this.#mostLines,
      bytes: this.#deps.limits.batch.bytes,
    });
    // The bound may have dropped the only line meanwhile.
    if (batch.length === 0) return 0;
    const startedMs = clock.monotonicMs();
    const { verdict, retryAfter } = await this.#send(batch);
    if (this.#isClosed) return 0;
    this.#queue.settle(verdict.again);
    const outcome = verdict.problem === undefined ? 'success' : 'failure';
    this.#deps.host.exported(outcome, (clock.monotonicMs() - startedMs) / 1_000);
    this.#judge(verdict, batch.length);
    const isPaused = verdict.again.length > 0 && verdict.isTooLarge !== true;
    return isPaused ? this.#pause(retryAfter) : 0;
  }

  async #send(batch: readonly QueuedLine[]): Promise<{ verdict: Verdict; retryAfter: string }> {
    const { format, transport } = this.#deps;
    let request;
    try {
      request = format.request(batch);
    } catch (error) {
      // The same lines would fail again.
      const problem = `its lines could not be encoded (${errorKind(error)})`;
      return { verdict: { again: [], refused: batch.length, problem }, retryAfter: '' };
    }
    try {
      const answer = await transport.send(request);
      const verdict = verdictOf(answer, batch, format);
      if (verdict.isTooLarge === true) this.#mostLines = Math.ceil(batch.length / 2);
      return { verdict, retryAfter: answer.retryAfter };
    } catch (error) {
      return { verdict: { again: batch, refused: 0, problem: unreachable(error) }, retryAfter: '' };
    }
  }

  #judge({ again, refused, problem }: Verdict, lines: number): void {
    const { host, limits } = this.#deps;
    if (refused > 0) host.dropped('refused', refused);
    if (problem !== undefined) this.#report(problem);
    if (again.length < lines) this.#failures = 0;
    if (again.length > 0) return;
    this.#isUnwell = false;
    const grown = this.#mostLines + Math.ceil(limits.batch.lines / 100);
    this.#mostLines = Math.min(grown, limits.batch.lines);
  }

  /** @returns Milliseconds until the next attempt. */
  #pause(retryAfter: string): number {
    const { host, random } = this.#deps;
    this.#isUnwell = true;
    this.#failures++;
    const wantedMs = retryAfterMs(retryAfter, host.clock.wallMs());
    return retryDelayMs(this.#failures, random(), wantedMs);
  }

  /** @returns False when the receiver cannot be prepared now. One that refuses gets the lines all the same. */
  async #prepare(): Promise<boolean> {
    const { format, transport } = this.#deps;
    let answer: ShipAnswer;
    try {
      answer = await transport.send(format.preparation!);
    } catch (error) {
      this.#report(unreachable(error));
      return false;
    }
    const { status } = answer;
    const isAccepted = status >= 200 && status < 300;
    if (!isAccepted) this.#report(`the receiver answered ${status} to its preparation`);
    this.#isPrepared = isAccepted || !isTemporary(status, format);
    if (this.#isPrepared) this.#failures = 0;
    return this.#isPrepared;
  }

  #report(problem: string): void {
    this.#deps.host.report(new Error(`${this.#deps.sink}: ${problem}`));
  }
}
