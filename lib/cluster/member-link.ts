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
