/** Where datagrams go. */
export interface DatagramTransport {
  /** Sends one datagram; rejects when it was not sent. */
  send(datagram: Uint8Array): Promise<void>;
  /** Resolves when all that is known of the datagrams so far has arrived; rejects when one was refused. */
  settle?(): Promise<void>;
  /** Ends what is under way. The next datagram opens a new connection. */
  reset(): void;
}
