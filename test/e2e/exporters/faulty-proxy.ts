import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What a network does to connections. */
export type NetworkFault =
  | 'resets connections'
  | 'swallows everything'
  | 'answers rubbish'
  | 'resets in the middle of an answer'
  | 'stalls in the middle of an answer';

/** A way to a server that may be faulty, whatever is spoken there. */
export class FaultyProxy {
  readonly #server: Server;
  readonly #target: number;
  readonly #sockets = new Set<Socket>();
  #fault: NetworkFault | undefined;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async open(target: number): Promise<FaultyProxy> {
    const proxy = new FaultyProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  /** Breaks, or mends, what comes from now on; connections that exist end. */
  become(fault: NetworkFault | undefined): void {
    this.#fault = fault;
    for (const it of this.#sockets) it.destroy();
  }

  async close(): Promise<void> {
    this.become(undefined);
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(client: Socket): void {
    this.#track(client);
    switch (this.#fault) {
      case 'resets connections':
        client.resetAndDestroy();
        return;
      case 'swallows everything':
        client.resume();
        return;
      case 'answers rubbish':
        client.resume().end('220 mail ready\r\n\0\0\0');
        return;
      default:
        this.#forward(client);
    }
  }

  #forward(client: Socket): void {
    const fault = this.#fault;
    const server = connect(this.#target, '127.0.0.1');
    this.#track(server);
    client.pipe(server);
    client.once('close', () => server.destroy());
    server.once('close', () => {
      if (fault !== 'stalls in the middle of an answer') client.destroy();
    });
    if (fault === undefined) {
      server.pipe(client);
      return;
    }
    server.once('data', (answer: Buffer) => {
      client.write(answer.subarray(0, answer.length / 2), () => {
        if (fault === 'resets in the middle of an answer') client.resetAndDestroy();
      });
    });
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
  }
}
