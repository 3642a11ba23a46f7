import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A bulk endpoint of Elasticsearch that can go away and come back at the same port. It refuses what Elasticsearch refuses. */
export class BulkReceiver {
  readonly documents: Record<string, unknown>[] = [];
  readonly refusals: string[] = [];
  readonly #ids = new Set<string>();
  #server: Server | undefined;
  #port = 0;

  get port(): number {
    return this.#port;
  }

  async open(): Promise<this> {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
    return this;
  }

  /** Refuses connections from now on. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.close();
    server.closeIdleConnections();
    await once(server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk as string;
    response.setHeader('content-type', 'application/json');
    response.setHeader('connection', 'close');
    if (request.method === 'HEAD') return void response.end();
    const lines = body.split('\n').filter((it) => it !== '');
    const items = [];
    for (let i = 0; i + 1 < lines.length; i += 2)
      items.push(this.#take(lines[i] ?? '', lines[i + 1] ?? ''));
    response.end(
      JSON.stringify({ took: 1, errors: items.some(({ create }) => create.status !== 201), items }),
    );
  }

  #take(head: string, text: string): { create: { status: number } } {
    try {
      const { create } = JSON.parse(head) as { create: Readonly<Record<string, string>> };
      const id = create['_id'] as string;
      const document = JSON.parse(text) as Record<string, unknown>;
      if (typeof document['@timestamp'] !== 'string') throw new Error('no @timestamp');
      if (this.#ids.has(id)) return { create: { status: 409 } };
      this.#ids.add(id);
      this.documents.push(document);
      return { create: { status: 201 } };
    } catch {
      this.refusals.push(text);
      return { create: { status: 400 } };
    }
  }
}
