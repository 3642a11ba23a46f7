import cluster from 'node:cluster';
import { isMainThread } from 'node:worker_threads';
import { ClusterMember, type MemberSource } from './cluster-member.js';
import { type MemberLink, ThreadChannel } from './member-link.js';
import { CHANNEL, decodeMessage } from './message.js';

/**
 * The way from a thread to the one that aggregates, apart from the messages of the application. AggregationHub meet on one
 * channel; what they count goes over a channel of their own, as every message of a channel is copied for all on it.
 */
class ThreadLink implements MemberLink {
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

/** The IPC channel of a worker of `node:cluster`, which others use as well. */
class ProcessLink implements MemberLink {
  readonly leader = 'the primary process';
  readonly remedy = 'it has to call aggregateCluster()';
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
    // Node closes the channel as it handles this message; the worker has no other word of it before.
    process.prependListener('internalMessage' as 'message', this.#beforeDisconnect);
  }

  /** {@inheritDoc MemberLink.send} */
  async send(message: object): Promise<void> {
    if (!process.connected) return;
    await new Promise<void>((resolve) => {
      // With a callback, a channel that has just been closed emits no error.
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

/** Makes an application a member, by the way that its process or thread has to the one that aggregates. */
export function openMember(source: MemberSource): ClusterMember {
  const isWorkerProcess = cluster.isWorker && isMainThread;
  const member = new ClusterMember(source, (id) =>
    isWorkerProcess ? new ProcessLink() : new ThreadLink(id),
  );
  member.start();
  return member;
}
