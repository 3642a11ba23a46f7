import type { ServerResponse } from 'node:http';
import { systemClock } from '../kernel/clock.js';
import type { OpenRequest, RequestRecorder } from './open-request.js';

/** Time for which a shutdown waits for a request without a server. */
const AWAITED_MS = 1_000;

/** Request in progress. It does not keep the response alive, whose collection shows that it was dropped. */
interface Held {
  readonly open: WeakRef<OpenRequest>;
  readonly sinceMs: number;
  readonly recorder: RequestRecorder | undefined;
}

/**
 * Requests that reach the application without a server, such as those of serverless adapters and of `inject()`. No
 * connection ends them: they end with the first of `end()`, `finish` and `close`, or when their response is dropped.
 */
export class DetachedRequests implements Iterable<OpenRequest> {
  readonly #held = new Set<Held>();
  readonly #collected: FinalizationRegistry<Held>;
  readonly #report: (fault: unknown) => void;

  /** @param report - Receives faults of the observation. It never throws. */
  constructor(report: (fault: unknown) => void) {
    this.#report = report;
    this.#collected = new FinalizationRegistry((held) => {
      // An error in here would end the process.
      try {
        if (this.#held.delete(held)) held.recorder?.dropped();
      } catch (fault) {
        report(fault);
      }
    });
  }

  /** Holds a request until it ends. */
  hold(open: OpenRequest): void {
    const { response, recorder } = open;
    const held = { open: new WeakRef(open), sinceMs: systemClock.monotonicMs(), recorder };
    this.#held.add(held);
    this.#collected.register(response, held);
    const over = () => {
      // More than one of the events may occur.
      if (!this.#held.delete(held)) return;
      try {
        open.end();
      } catch (fault) {
        this.#report(fault);
      }
    };
    // Responses of adapters are not always event emitters.
    for (const it of ['finish', 'close']) (response as Partial<ServerResponse>).on?.(it, over);
    onEnd(response, () => {
      open.isSent = true;
      over();
    });
  }

  *[Symbol.iterator](): IterableIterator<OpenRequest> {
    yield* this.#since(-Infinity);
  }

  /** Iterates over the requests for which a shutdown waits. */
  awaited(): IterableIterator<OpenRequest> {
    return this.#since(systemClock.monotonicMs() - AWAITED_MS);
  }

  *#since(fromMs: number): IterableIterator<OpenRequest> {
    for (const { open, sinceMs } of this.#held) {
      const request = sinceMs >= fromMs ? open.deref() : undefined;
      if (request !== undefined) yield request;
    }
  }
}

/** Calls back when `end()` has been called, after which an adapter may emit nothing. */
function onEnd(response: ServerResponse, ended: () => void): void {
  const { end } = response as { readonly end: unknown };
  if (typeof end !== 'function' || !Object.isExtensible(response)) return;
  const value = function observed(this: unknown, ...values: unknown[]): unknown {
    const result: unknown = Reflect.apply(end, this, values);
    ended();
    return result;
  };
  Reflect.defineProperty(response, 'end', { configurable: true, writable: true, value });
}
