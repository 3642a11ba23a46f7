import { isMainThread } from 'node:worker_threads';
import { CHANNEL, decodeMessage } from './message.js';
import type { MemberLink } from './member-link.js';
import { ThreadChannel } from './thread-channel.js';

/**
 * The way from a thread to the one that aggregates, apart from the messages of the application. AggregationHub meet on one
 * channel; what they count goes over a channel of their own, as every message of a channel is copied for all on it.
 */
export class ThreadLink implements MemberLink {
  readonly leader = 'the main thread';
  readonly remedy = 'it has to call aggregateThreads()';
  /** The main thread alone is an application without threads. */
  readonly mayStandAlone = isMainThread;
  readonly #member: string;
  #lobby: ThreadChannel | undefined;
  #own: ThreadChannel | undefined;
  #onEnd: (() => void) | undefined;
  /** Whether somebody listens to the own channel. */
  #isMet = false;

  /** @param member - Id of the member. */
  constructor(member: string) {
    this.#member = member;
  }

  /** {@inheritDoc MemberLink.isOpen} */
  get isOpen(): boolean {
    return this.#own !== undefined;
  }

  /** {@inheritDoc MemberLink.open} */
  open(onMessage: (message: unknown) => void, onEnd: () => void): void {
    this.#onEnd = onEnd;
    this.#lobby = new ThreadChannel(CHANNEL, onMessage);
    this.#own = new ThreadChannel(`${CHANNEL}:${this.#member}`, (message) => {
      this.#isMet = true;
      onMessage(message);
    });
    process.on('exit', onEnd);
  }

  /** {@inheritDoc MemberLink.send} */
  async send(message: object): Promise<void> {
    const isForAll = decodeMessage(message)?.kind === 'hello';
    (isForAll || !this.#isMet ? this.#lobby : this.#own)?.send(message);
  }

  /** {@inheritDoc MemberLink.close} */
  close(): void {
    if (this.#onEnd !== undefined) process.off('exit', this.#onEnd);
    this.#lobby?.close();
    this.#own?.close();
    this.#lobby = undefined;
    this.#own = undefined;
  }
}
