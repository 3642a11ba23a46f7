import { BroadcastChannel, receiveMessageOnPort } from 'node:worker_threads';

/** A channel between threads, by its name. It keeps no thread alive. */
export class ThreadChannel {
  readonly #channel: BroadcastChannel;
  #isOpen = true;

  constructor(name: string, listen: (message: unknown) => void) {
    const channel = new BroadcastChannel(name);
    // The types of Node 20 know neither this nor addEventListener().
    (channel as BroadcastChannel & { unref(): void }).unref();
    // oxlint-disable-next-line unicorn/prefer-add-event-listener
    channel.onmessage = (event: unknown) => listen((event as { readonly data: unknown }).data);
    this.#channel = channel;
  }

  /** Whether it still carries messages. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends to all others of the same name. */
  send(message: object): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    if (this.#isOpen) this.#channel.postMessage(message);
  }

  /** Messages that have arrived and were not heard yet. */
  *unheard(): Generator<unknown> {
    for (;;) {
      const left = receiveMessageOnPort(this.#channel as never);
      if (left === undefined) return;
      yield (left as { readonly message: unknown }).message;
    }
  }

  close(): void {
    if (this.#isOpen) this.#channel.close();
    this.#isOpen = false;
  }
}
