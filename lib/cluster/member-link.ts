import { BroadcastChannel, receiveMessageOnPort } from 'node:worker_threads';

/** The way from a member to the one that aggregates. */
export interface MemberLink {
  /** The one at the other end, as it reads in an error. */
  readonly leader: string;
  /** What it has to do to be there, as it reads in an error. */
  readonly remedy: string;
  /** Whether the metrics of this process alone are the whole when nobody aggregates. */
  readonly mayStandAlone: boolean;
  /** Whether messages still arrive. */
  readonly isOpen: boolean;
  /** Begins to receive. @param onEnd - Called once, while it is still possible to send, before the way is closed. */
  open(onMessage: (message: unknown) => void, onEnd: () => void): void;
  /** Hands a message over; resolves when it is on its way, whether or not it arrives. */
  send(message: object): Promise<void>;
  close(): void;
}

/** The way to the members, for the one that aggregates. */
export interface MemberHub {
  /** Begins to receive, and asks who is there. */
  open(listener: HubListener): void;
  close(): void;
}

/** A process or a thread; it may hold several members. */
export interface MemberConnection {
  /** Never throws. */
  send(message: object): void;
}

/** What happens at a hub. */
export interface HubListener {
  heard(connection: MemberConnection, message: unknown): void;
  /** It has ended; what it sent before may still be heard. */
  exited(connection: MemberConnection): void;
  /** Nothing will be heard of it any more. */
  ended(connection: MemberConnection): void;
}

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
