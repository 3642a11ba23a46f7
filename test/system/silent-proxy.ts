import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

type Pair = readonly [near: Socket, far: Socket];

/** A way to a server on this machine that can go silent: connections stay open, and nothing passes them. */
export class SilentProxy {
  readonly #server: Server;
  readonly #pairs = new Set<Pair>();
  readonly #silenced = new Set<Pair>();
  #isSilent = false;

  private constructor(targetPort: number) {
    this.#server = createServer((near) => this.#serve(near, targetPort));
  }

  static async open(targetPort: number): Promise<SilentProxy> {
    const proxy = new SilentProxy(targetPort);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  /**
   * Swallows what passes open and new connections. The server is told nothing, not even that a client left: as with a
   * firewall that forgot a connection, its sessions stay.
   */
  silence(): void {
    this.#isSilent = true;
    for (const pair of this.#pairs) {
      const [near, far] = pair;
      this.#silenced.add(pair);
      near.unpipe(far).resume();
      far.unpipe(near).resume();
    }
  }

  /** New connections pass again; those that went silent stay silent. */
  speak(): void {
    this.#isSilent = false;
  }

  close(): void {
    for (const it of [...this.#pairs].flat()) it.destroy();
    this.#server.close();
  }

  /** An end, like all else, passes only a way that is not silent. */
  #close(socket: Socket): void {
    if (![...this.#silenced].some((pair) => pair.includes(socket))) socket.destroy();
  }

  #serve(near: Socket, targetPort: number): void {
    near.on('error', () => undefined);
    if (this.#isSilent) {
      near.resume();
      return;
    }
    const far = connect(targetPort, '127.0.0.1');
    far.on('error', () => undefined);
    const pair: Pair = [near, far];
    this.#pairs.add(pair);
    near.once('close', () => this.#close(far));
    far.once('close', () => {
      this.#close(near);
      this.#pairs.delete(pair);
    });
    near.pipe(far).pipe(near);
  }
}
