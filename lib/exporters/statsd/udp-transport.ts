import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../kernel/clock.js';

/** Transport of datagrams. */
export interface DatagramTransport {
  /** Sends one datagram; rejects when it was not sent. */
  send(datagram: Uint8Array): Promise<void>;
  /** Resolves when pending errors of earlier datagrams have arrived; rejects when a datagram was refused. */
  settle?(): Promise<void>;
  /** Cancels pending work. The next datagram opens a new connection. */
  reset(): void;
}

// Age at which the name is resolved again, because a server may have moved.
const MAX_AGE_MS = 60_000;

/** Address of the server. */
export interface UdpTarget {
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
}

/**
 * Sends datagrams over UDP. The socket is connected, so that the system reports a port without a listener. It does not
 * keep the process alive.
 */
export class UdpTransport implements DatagramTransport {
  readonly #target: UdpTarget;
  #socket: Socket | undefined;
  #openedAtMs = 0;
  #fault: Error | undefined;
  /** Incremented by every reset, to detect a socket that was abandoned during name resolution. */
  #generation = 0;

  constructor(target: UdpTarget) {
    this.#target = target;
  }

  /** {@inheritDoc DatagramTransport.send} */
  async send(datagram: Uint8Array): Promise<void> {
    this.#throwFault();
    const socket = await this.#connected();
    await new Promise<void>((done, reject) => {
      socket.send(datagram, (error) => (error === null ? done() : reject(error)));
    });
  }

  /** {@inheritDoc DatagramTransport.settle} A refusal, if any, arrives after the datagram was sent. */
  async settle(): Promise<void> {
    await setImmediate();
    await setImmediate();
    this.#throwFault();
  }

  /** {@inheritDoc DatagramTransport.reset} */
  reset(): void {
    this.#generation += 1;
    const socket = this.#socket;
    this.#socket = undefined;
    this.#fault = undefined;
    socket?.close();
  }

  async #connected(): Promise<Socket> {
    const { clock } = this.#target;
    if (this.#socket !== undefined && clock.monotonicMs() - this.#openedAtMs < MAX_AGE_MS) {
      return this.#socket;
    }
    this.reset();
    const generation = this.#generation;
    const { host, port } = this.#target;
    const { address, family } = await resolve(host);
    if (generation !== this.#generation) throw new Error('aborted during the name lookup');
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4').unref();
    this.#socket = socket;
    this.#openedAtMs = clock.monotonicMs();
    // Never removed: an error without a listener would end the process.
    let isConnected = false;
    socket.on('error', (error) => {
      if (isConnected && this.#socket === socket) this.#fault = error;
    });
    await new Promise<void>((done, reject) => {
      socket.once('error', reject);
      socket.connect(port, address, () => {
        socket.off('error', reject);
        isConnected = true;
        done();
      });
    });
    return socket;
  }

  #throwFault(): void {
    const fault = this.#fault;
    this.#fault = undefined;
    if (fault !== undefined) throw fault;
  }
}

function resolve(host: string): Promise<{ readonly address: string; readonly family: number }> {
  const family = isIP(host);
  return family === 0 ? lookup(host) : Promise.resolve({ address: host, family });
}
