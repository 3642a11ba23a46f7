import { errorKind } from '../../kernel/faults.js';
import { libraryName } from '../../kernel/library.js';
import { systemTimers, type Timers } from '../../kernel/timers.js';

/** Records the start and end of calls. The end receives the start, so that calls may overlap. */
export interface CallRecorder {
  /** Starts an observation and returns its start time. */
  start(): number;
  /** Ends an observation with the handler's result. */
  succeed(startedMs: number, result: unknown): void;
  /** Ends an observation with the error of the handler. */
  fail(startedMs: number, error: unknown): void;
  /** Cancels a start. */
  abandon(): void;
  /** Runs work of the handler as part of the call. */
  run<T>(work: () => T): T;
  /** Returns a recorder for another observation of the same handler. */
  again(): CallRecorder;
  /** Signals that the result is a stream. Present on recorders that follow streams of every kind item by item. */
  streaming?(): void;
  /** Signals that the consumer of a stream has received an item. */
  seen?(item: unknown): void;
  /** Signals that a stream failed after the end of its observation. */
  broken?(error: unknown): void;
  /** True for an infinite stream, whose observation ends once it has begun. */
  readonly isLive?: boolean;
}

/** One observation that ends once, although a stream may complete and then be unsubscribed. */
export class OpenCall {
  readonly #recorder: CallRecorder;
  readonly #startedMs: number;
  #open = true;
  #dropped: DroppedResults | undefined;

  constructor(recorder: CallRecorder, startedMs: number) {
    this.#recorder = recorder;
    this.#startedMs = startedMs;
  }

  /** Ends the call when its result is collected. The result must not be reachable from the call. */
  follow(dropped: DroppedResults, result: object): void {
    this.#dropped = dropped;
    dropped.follow(result, this);
  }

  /** Runs work of the handler as part of the call. */
  run<T>(work: () => T): T {
    return this.#recorder.run(work);
  }

  /** Signals that the consumer has received an item. */
  seen(item: unknown): void {
    const recorder = this.#recorder;
    if (recorder.seen === undefined) return;
    recorder.seen(item);
    if (recorder.isLive === true) this.succeed(undefined);
  }

  /** Signals that an infinite stream has begun. */
  begun(): void {
    if (this.#recorder.isLive === true) this.succeed(undefined);
  }

  /** Ends the observation with success. */
  succeed(result: unknown): void {
    if (!this.#open) return;
    this.#close();
    this.#recorder.succeed(this.#startedMs, result);
  }

  /** Ends the observation with an error. */
  fail(error: unknown): void {
    if (!this.#open) {
      this.#recorder.broken?.(error);
      return;
    }
    this.#close();
    this.#recorder.fail(this.#startedMs, error);
  }

  #close(): void {
    this.#open = false;
    this.#dropped?.forget(this);
  }
}

/** Age at which an open call is registered for finalization, in milliseconds: it is one to two times this long. */
const FOLLOW_AFTER_MS = 1_000;

/**
 * Ends the calls whose results are dropped midway and collected; otherwise they would count as concurrent forever. A
 * registration makes every object of the call survive the collections of young objects, which costs more than the
 * rest of the observation. A result that ends within a second is therefore never registered.
 */
export class DroppedResults {
  readonly #registry = new FinalizationRegistry<OpenCall>(endDropped);
  readonly #timers: Timers;
  #young = new Map<OpenCall, object>();
  #older = new Map<OpenCall, object>();
  #isWaiting = false;

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Ends a call when its result is collected. The call must not reference the result. */
  follow(result: object, call: OpenCall): void {
    this.#young.set(call, result);
    if (!this.#isWaiting) this.#wait();
  }

  /** Forgets a call that has ended. */
  forget(call: OpenCall): void {
    if (!this.#young.delete(call)) this.#older.delete(call);
  }

  #wait(): void {
    this.#isWaiting = true;
    this.#timers.after(FOLLOW_AFTER_MS, () => this.#age());
  }

  #age(): void {
    for (const [call, result] of this.#older) this.#registry.register(result, call);
    this.#older = this.#young;
    this.#young = new Map();
    this.#isWaiting = false;
    if (this.#older.size > 0) this.#wait();
  }
}

function endDropped(call: OpenCall): void {
  // Recorders report their own faults; an error in here would end the process.
  try {
    call.succeed(undefined);
  } catch (fault) {
    process.emitWarning(`the end of a dropped result failed: ${errorKind(fault)}`, libraryName);
  }
}

const droppedResults = new DroppedResults(systemTimers);

/** Ends a call when its result is dropped and collected. */
export function endWhenDropped(result: object, call: OpenCall): void {
  call.follow(droppedResults, result);
}
