import { pipeline, Readable, type Writable } from 'node:stream';
import { systemTimers } from '../../../kernel/timers.js';

// Longer than a scraper waits that can be expected to come back.
const TIME_LIMIT_MS = 30_000;
const MOST_BODIES = 8;
// Of an application that ends. A scraper that reads is done by then.
const LAST_TIME_LIMIT_MS = 1_000;

type Body = readonly Uint8Array[];

/** What can be told to end, and tells when it has. */
type Connection = Pick<Writable, 'closed' | 'destroy' | 'once'>;

/**
 * Answers that are being sent. A scraper that does not read keeps the body of its answer in memory: it is cut off when its
 * time is over, or when more different bodies wait than there should be, the oldest first.
 */
export class ScrapeDelivery {
  #timeLimitMs: number;
  readonly #receivers = new Map<Body, Set<Connection>>();

  /** @param timeLimitMs - What one answer may take. @defaultValue 30 s */
  constructor(timeLimitMs: number = TIME_LIMIT_MS) {
    this.#timeLimitMs = timeLimitMs;
  }

  /** Sends a body as fast as it is read. */
  send(body: Body, response: Writable): void {
    // Node 24 keeps what is piped to a stream that is closed.
    if (response.closed) return;
    this.watch(body, response);
    // Whether the scraper read it all is its own affair.
    pipeline(this.streamOf(body), response, () => undefined);
  }

  /** A body as a stream. */
  streamOf(body: Body): Readable {
    return Readable.from(body, { objectMode: false });
  }

  /** Sees to it that an answer comes to its end. */
  watch(body: Body, connection: Connection): void {
    // Of a scraper that left during the rendering nothing more is heard.
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

  /** Has a second left for what is being sent, and for each further answer: nobody waits longer for scrapers to read. */
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

/** Ends a connection when its time is over; returns what takes that back. */
function cutOff(connection: Connection, limitMs: number): () => void {
  return systemTimers.after(limitMs, () => connection.destroy());
}
