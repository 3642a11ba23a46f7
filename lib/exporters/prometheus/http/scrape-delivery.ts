import { pipeline, Readable, type Writable } from 'node:stream';
import { systemTimers } from '../../../kernel/timers.js';

// Exceeds the timeout of every scraper that may still read.
const TIME_LIMIT_MS = 30_000;
const MOST_BODIES = 8;
// Time limit during shutdown. A scraper that reads has finished by then.
const LAST_TIME_LIMIT_MS = 1_000;

type Body = readonly Uint8Array[];

/** Connection that can be ended and reports its end. */
type Connection = Pick<Writable, 'closed' | 'destroy' | 'once'>;

/**
 * Responses in transmission. A scraper that does not read keeps the body of its response in memory.
 * The delivery closes its connection after the time limit, or oldest first when too many different
 * bodies are pending.
 */
export class ScrapeDelivery {
  #timeLimitMs: number;
  readonly #receivers = new Map<Body, Set<Connection>>();

  /** @param timeLimitMs - Time limit of one response in milliseconds. @defaultValue 30 s */
  constructor(timeLimitMs: number = TIME_LIMIT_MS) {
    this.#timeLimitMs = timeLimitMs;
  }

  /** Sends a body at the speed of the reader. */
  send(body: Body, response: Writable): void {
    // Node 24 retains data that is piped to a closed stream.
    if (response.closed) return;
    this.watch(body, response);
    // An incomplete read is not a fault of the application.
    pipeline(this.streamOf(body), response, () => undefined);
  }

  /** Returns a body as a stream. */
  streamOf(body: Body): Readable {
    return Readable.from(body, { objectMode: false });
  }

  /** Limits the time of a response. */
  watch(body: Body, connection: Connection): void {
    // A connection that closed during the rendering emits no further event.
    if (connection.closed) return;
    const receivers = this.#receivers.get(body) ?? new Set();
    this.#receivers.set(body, receivers.add(connection));
    const stopWaiting = cutOff(connection, this.#timeLimitMs);
    connection.once('close', () => {
      stopWaiting();
      receivers.delete(connection);
      if (receivers.size === 0) this.#receivers.delete(body);
    });
    this.#dropOldest();
  }

  /** Limits pending and new responses to one second, so that slow scrapers do not delay the shutdown. */
  hurry(): void {
    if (this.#timeLimitMs <= LAST_TIME_LIMIT_MS) return;
    this.#timeLimitMs = LAST_TIME_LIMIT_MS;
    for (const receivers of this.#receivers.values()) {
      for (const it of receivers) it.once('close', cutOff(it, LAST_TIME_LIMIT_MS));
    }
  }

  #dropOldest(): void {
    const [oldest] = this.#receivers;
    if (oldest === undefined || this.#receivers.size <= MOST_BODIES) return;
    const [body, receivers] = oldest;
    this.#receivers.delete(body);
    for (const it of receivers) it.destroy();
  }
}

/** Closes a connection after a time limit; returns a function that cancels it. */
function cutOff(connection: Connection, limitMs: number): () => void {
  return systemTimers.after(limitMs, () => connection.destroy());
}
