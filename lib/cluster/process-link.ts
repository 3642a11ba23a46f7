import type { MemberLink } from './member-link.js';

/** The IPC channel of a worker of `node:cluster`, which others use as well. */
export class ProcessLink implements MemberLink {
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
