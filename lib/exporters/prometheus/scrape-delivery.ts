import { pipeline, Readable, type Writable } from 'node:stream';

// Longer than a scraper waits that can be expected to come back.
const TIME_LIMIT_MS = 30_000;
const MOST_BODIES = 8;

type Body = readonly Uint8Array[];

/** What can be told to end, and tells when it has. */
type Connection = Pick<Writable, 'closed' | 'destroy' | 'once'>;

/**
 * Answers that are being sent. A scraper that does not read keeps the body of its answer in memory: it is cut off when its
 * time is over, or when more different bodies wait than there should be, the oldest first.
 */
export class ScrapeDelivery {
  readonly #timeLimitMs: number;
  readonly #receivers = new Map<Body, Set<Connection>>();

  /** @param timeLimitMs - What one answer may take. @defaultValue 30 s */
  constructor(timeLimitMs: number = TIME_LIMIT_MS) {
    this.#timeLimitMs = timeLimitMs;
  }

  /** Sends a body as fast as it is read. */
  send(body: Body, response: Writable): void {
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
    const timer = setTimeout(() => connection.destroy(), this.#timeLimitMs).unref();
    connection.once('close', () => {
      clearTimeout(timer);
      receivers.delete(connection);
      if (receivers.size === 0) this.#receivers.delete(body);
    });
    this.#dropOldest();
  }

  #dropOldest(): void {
    const [oldest] = this.#receivers;
    if (oldest === undefined || this.#receivers.size <= MOST_BODIES) return;
    const [body, receivers] = oldest;
    this.#receivers.delete(body);
    for (const it of receivers) it.destroy();
  }
}
