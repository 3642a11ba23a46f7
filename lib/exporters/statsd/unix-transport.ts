import { ConfigurationError } from '../../kernel/configuration-error.js';
import { ifMissing, type PeerImport } from '../../kernel/peers/optional-peer.js';
import type { DatagramTransport } from './udp-transport.js';

/** Socket of `unix-dgram`, with the members that this library uses. */
interface UnixSocket {
  on(event: 'error', listener: (error: Error) => void): void;
  send(
    ...parameters: readonly [
      datagram: Uint8Array,
      offset: number,
      length: number,
      path: string,
      done: (error?: Error | null) => void,
    ]
  ): void;
  close(): void;
}

/** Package `unix-dgram`. */
export interface UnixDgramModule {
  createSocket(type: 'unix_dgram'): UnixSocket;
}

const PACKAGE = 'unix-dgram';

const importUnixDgram: PeerImport = async () => {
  try {
    // @ts-expect-error The package has no types.
    return (await import('unix-dgram')) as unknown;
  } catch (error) {
    return ifMissing(error, PACKAGE);
  }
};

/**
 * Loads the package for Unix datagram sockets, which Node does not support.
 *
 * @throws ConfigurationError `OBS_PEER_MISSING` when the package is not installed.
 */
export async function loadUnixDgram(
  socketPath: string,
  importPackage: PeerImport = importUnixDgram,
): Promise<UnixDgramModule> {
  const loaded = await importPackage();
  if (loaded === undefined) {
    throw new ConfigurationError('OBS_PEER_MISSING', {
      subject: 'statsd.socketPath',
      value: socketPath,
      rule: `requires the package ${PACKAGE}, which is not installed`,
      remedy: `Run npm install ${PACKAGE}, or use the option send.`,
    });
  }
  const { default: module = loaded } = loaded as { default?: unknown };
  return module as UnixDgramModule;
}

/** Sends datagrams to a Unix datagram socket. */
export class UnixTransport implements DatagramTransport {
  readonly #module: UnixDgramModule;
  readonly #path: string;
  #socket: UnixSocket | undefined;

  constructor(module: UnixDgramModule, path: string) {
    this.#module = module;
    this.#path = path;
  }

  /** {@inheritDoc DatagramTransport.send} */
  send(datagram: Uint8Array): Promise<void> {
    const socket = (this.#socket ??= this.#open());
    return new Promise((resolve, reject) => {
      socket.send(datagram, 0, datagram.length, this.#path, (error) =>
        error === undefined || error === null ? resolve() : reject(error),
      );
    });
  }

  /** {@inheritDoc DatagramTransport.reset} */
  reset(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
  }

  #open(): UnixSocket {
    const socket = this.#module.createSocket('unix_dgram');
    // The callback of the datagram reports the same error.
    socket.on('error', () => undefined);
    return socket;
  }
}
