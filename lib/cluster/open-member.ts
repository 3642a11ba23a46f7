import cluster from 'node:cluster';
import { isMainThread } from 'node:worker_threads';
import { ClusterMember, type MemberSource } from './cluster-member.js';
import { type MemberLink, ThreadChannel } from './member-link.js';
import { CHANNEL, decodeMessage } from './message.js';

/**
 * Link from a thread to the aggregator, separate from the messages of the application. Members announce themselves on a
 * shared channel. Reports use one channel per member, because every message of a channel is copied to all of its ends.
 */
class ThreadLink implements MemberLink {
  readonly leader = 'the main thread';
  readonly remedy = 'call aggregateThreads() there';
  /** The main thread alone is an application without threads. */
  readonly mayStandAlone = isMainThread;
  readonly #member: string;
  #lobby: ThreadChannel | undefined;
  #own: ThreadChannel | undefined;
  #onEnd: (() => void) | undefined;
  /** True when the aggregator listens to the member's own channel. */
  #isMet = false;

  /** @param member - Member id. */
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

/** Link over the IPC channel of a `node:cluster` worker, which the application may use as well. */
class ProcessLink implements MemberLink {
  readonly leader = 'the primary process';
  readonly remedy = 'call aggregateCluster() there';
  readonly mayStandAlone = false;
  #onMessage: ((message: unknown) => void) | undefined;
  #onEnd: (() => void) | undefined;

  /** {@inheritDoc MemberLink.isOpen} */
  get isOpen(): boolean {
    return process.connected;
  }

  /** {@inheritDoc MemberLink.open} */
  open(onMessage: (message: unknown) => void, onEnd: () => void): void {
    this.#onMessage = onMessage;
    this.#onEnd = onEnd;
    process.on('message', onMessage);
    process.on('exit', onEnd);
    // Node closes the channel while it handles this message and emits no earlier event for it.
    process.prependListener('internalMessage' as 'message', this.#beforeDisconnect);
  }

  /** {@inheritDoc MemberLink.send} */
  async send(message: object): Promise<void> {
    if (!process.connected) return;
    await new Promise<void>((resolve) => {
      // With a callback, sending over a channel that has just been closed emits no error.
      process.send?.(message, undefined, undefined, () => resolve());
    });
  }

  /** {@inheritDoc MemberLink.close} */
  close(): void {
    if (this.#onMessage !== undefined) process.off('message', this.#onMessage);
    if (this.#onEnd !== undefined) process.off('exit', this.#onEnd);
    process.off('internalMessage', this.#beforeDisconnect);
  }

  readonly #beforeDisconnect = (message: unknown): void => {
    const { act } = (message ?? {}) as { readonly act?: unknown };
    if (act === 'disconnect') this.#onEnd?.();
  };
}

/** Creates the member of an application, with the link of its process or thread. */
export function openMember(source: MemberSource): ClusterMember {
  const isWorkerProcess = cluster.isWorker && isMainThread;
  const member = new ClusterMember(source, (id) =>
    isWorkerProcess ? new ProcessLink() : new ThreadLink(id),
  );
  member.start();
  return member;
}
