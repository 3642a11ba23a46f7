import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request that a receiver got. */
export interface Received {
  readonly atMs: number;
  readonly path: string;
  readonly authorization: string | undefined;
  readonly body: unknown;
}

/** Server that keeps what is posted to it as JSON. */
export class WebhookReceiver {
  readonly received: Received[] = [];

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<WebhookReceiver> {
    const server = createServer();
    const receiver = new WebhookReceiver(server, await listening(server));
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (it: Buffer) => chunks.push(it));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const { authorization } = request.headers;
        const path = request.url ?? '';
        const body = JSON.parse(text) as unknown;
        receiver.received.push({ atMs: Date.now(), path, authorization, body });
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"status":"success"}');
      });
    });
    return receiver;
  }

  /** Bodies that were posted to a path. */
  bodiesAt<T>(path: string): readonly T[] {
    return this.received.filter((it) => it.path === path).map(({ body }) => body as T);
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}

async function listening(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
