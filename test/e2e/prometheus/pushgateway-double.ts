import { once } from 'node:events';
import { createServer, type Server } from 'node:http';

/** What a Pushgateway was sent. */
export interface Push {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly body: string;
}

/** A Pushgateway that takes everything. */
export class PushgatewayDouble {
  readonly pushes: Push[] = [];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.once('end', () => {
        const { method, url: path } = request;
        this.pushes.push({ method, path, body: Buffer.concat(chunks).toString() });
        response.writeHead(202).end();
      });
    });
  }

  static async open(): Promise<PushgatewayDouble> {
    const gateway = new PushgatewayDouble();
    gateway.#server.listen(0, '127.0.0.1');
    await once(gateway.#server, 'listening');
    return gateway;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}
