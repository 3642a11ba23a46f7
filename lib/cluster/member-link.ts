import { BroadcastChannel, receiveMessageOnPort } from 'node:worker_threads';

/** Link from a member to the aggregator. */
export interface MemberLink {
  /** Name of the aggregator for error messages. */
  readonly leader: string;
  /** Required action of the aggregator, for error messages. */
  readonly remedy: string;
  /** True when the metrics of this process alone are complete without an aggregator. */
  readonly mayStandAlone: boolean;
  /** True while messages arrive. */
  readonly isOpen: boolean;
  /** Starts receiving messages. @param onEnd - Called once before the link closes, while sending is still possible. */
  open(onMessage: (message: unknown) => void, onEnd: () => void): void;
  /** Sends a message. Resolves when the message is on its way; delivery is not guaranteed. */
  send(message: object): Promise<void>;
  close(): void;
}

/** Hub that connects the aggregator to the members. */
export interface MemberHub {
  /** Starts receiving messages, and requests all members to announce themselves. */
  open(listener: HubListener): void;
  close(): void;
}

/** Connection to a process or thread, which may host several members. */
export interface MemberConnection {
  /** Sends a message. Never throws. */
  send(message: object): void;
}

/** Receives the events of a hub. */
export interface HubListener {
  heard(connection: MemberConnection, message: unknown): void;
  /** The process or thread has exited; earlier messages may still arrive. */
  exited(connection: MemberConnection): void;
  /** No further message will arrive. */
  ended(connection: MemberConnection): void;
  /** Runs a listener of a hub. Its faults are counted, because an exception would end the process. */
  guard(listener: () => void): void;
}

/** Named channel between threads. It does not keep a thread alive. */
export class ThreadChannel {
  readonly #channel: BroadcastChannel;
  #isOpen = true;

  constructor(name: string, listen: (message: unknown) => void) {
    const channel = new BroadcastChannel(name);
    // The type definitions of Node 20 declare neither unref() nor addEventListener().
    (channel as BroadcastChannel & { unref(): void }).unref();
    // oxlint-disable-next-line unicorn/prefer-add-event-listener
    channel.onmessage = (event: unknown) => listen((event as { readonly data: unknown }).data);
    this.#channel = channel;
  }

  /** True until the channel is closed. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends a message to all other ends of the channel. */
  send(message: object): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    if (this.#isOpen) this.#channel.postMessage(message);
  }

  /** Yields messages that have arrived but were not delivered yet. */
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
