import type { ServerResponse } from 'node:http';
import { systemTimers, type Timers } from '../../kernel/timers.js';
import type { Frames } from './frames.js';

/** Settings of a {@link LiveStream}. */
export interface LiveStreamOptions {
  readonly frames: Frames;
  /** Time between two frames in milliseconds. */
  readonly everyMs: number;
  readonly maxViewers: number;
  readonly timers?: Timers;
  fault(error: unknown): undefined;
}

/** Bytes that a viewer may leave unread. */
const MOST_UNREAD = 262_144;
const RETRY_MS = 2_000;

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store, no-transform',
  // A proxy that buffers would hold the frames back.
  'X-Accel-Buffering': 'no',
  Connection: 'close',
};

/** Sends frames to all viewers by server-sent events. Without viewers nothing is read. */
export class LiveStream {
  readonly #options: LiveStreamOptions;
  readonly #timers: Timers;
  readonly #viewers = new Set<ServerResponse>();
  /** Viewers that have the whole state. */
  readonly #ready = new Set<ServerResponse>();
  #cancelTick: (() => void) | undefined;
  #isEnded = false;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
    this.#timers = options.timers ?? systemTimers;
  }

  /** Number of viewers. */
  get viewers(): number {
    return this.#viewers.size;
  }

  /** True once the application shuts down. */
  get isEnded(): boolean {
    return this.#isEnded;
  }

  /**
   * Adds a viewer, which receives the whole state first.
   *
   * @returns False when there are too many.
   */
  async add(response: ServerResponse): Promise<boolean> {
    const { maxViewers, frames } = this.#options;
    if (this.#isEnded || this.#viewers.size >= maxViewers) return false;
    this.#viewers.add(response);
    response.on('close', () => this.#remove(response));
    response.on('error', () => this.#remove(response));
    response.writeHead(200, HEADERS);
    response.flushHeaders();
    try {
      response.write(`retry: ${RETRY_MS}\n\n`);
      const full = await frames.full();
      if (!this.#viewers.has(response)) return true;
      response.write(eventOf('state', full));
      this.#ready.add(response);
    } catch (error) {
      this.#options.fault(error);
      this.#drop(response);
    }
    this.#schedule();
    return true;
  }

  /** Ends all streams and tells their viewers that the application shuts down. */
  end(): void {
    this.#isEnded = true;
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    const bye = eventOf('bye', JSON.stringify({ at: Date.now() }));
    for (const it of this.#viewers) {
      // What a viewer has not read would keep its connection open.
      if (it.writableLength > 0) it.destroy();
      else it.end(bye);
    }
    this.#viewers.clear();
    this.#ready.clear();
    this.#options.frames.clear();
  }

  /** Accepts viewers again, as a container that is used after its end. */
  reopen(): void {
    this.#isEnded = false;
  }

  #schedule(): void {
    if (this.#cancelTick !== undefined || this.#viewers.size === 0 || this.#isEnded) return;
    this.#cancelTick = this.#timers.after(this.#options.everyMs, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    this.#send(await this.#options.frames.next().catch(this.#options.fault));
    this.#cancelTick = undefined;
    this.#schedule();
  }

  #send(changes: string | undefined): void {
    // A comment keeps proxies from closing a stream whose state cannot be read.
    const text = changes === undefined ? ':\n\n' : eventOf('changes', changes);
    for (const it of this.#ready) {
      if (it.writableLength > MOST_UNREAD) this.#drop(it);
      else it.write(text);
    }
  }

  #drop(response: ServerResponse): void {
    this.#remove(response);
    response.destroy();
  }

  #remove(response: ServerResponse): void {
    this.#viewers.delete(response);
    this.#ready.delete(response);
    if (this.#viewers.size > 0) return;
    this.#cancelTick?.();
    this.#cancelTick = undefined;
    this.#options.frames.clear();
  }
}

function eventOf(name: string, data: string): string {
  return `event: ${name}\ndata: ${data}\n\n`;
}
