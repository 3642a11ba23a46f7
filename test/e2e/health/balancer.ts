import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  request,
  type Server,
} from 'node:http';
import type { AddressInfo } from 'node:net';

const LOOK_MS = 40;

/** A balancer that sends requests, each once, to those of its backends that say they are ready. */
export class Balancer {
  readonly #agent = new Agent({ keepAlive: true });
  readonly #ready = new Map<string, boolean>();
  readonly #server: Server;
  readonly #looking: NodeJS.Timeout;
  #next = 0;

  constructor() {
    this.#looking = setInterval(() => void this.look(), LOOK_MS).unref();
    this.#server = createServer((incoming, outgoing) => {
      const backends = [...this.#ready].filter(([, isReady]) => isReady).map(([url]) => url);
      const backend = backends[this.#next++ % Math.max(1, backends.length)];
      if (backend === undefined) return void outgoing.writeHead(502).end('nobody is ready');
      const { method, url, headers } = incoming;
      const sent = { agent: this.#agent, method, headers: entityHeaders(headers) };
      const onward = request(backend + url, sent, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502);
        answer.pipe(outgoing);
      });
      onward.on('error', (error) => outgoing.writeHead(502).end(`${backend}: ${error.message}`));
      incoming.pipe(onward);
    });
  }

  /** @returns Its address. */
  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.#agent.destroy();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Sends requests to a backend from when it is ready on. */
  async add(url: string): Promise<void> {
    this.#ready.set(url, false);
    await this.look();
  }

  remove(url: string): void {
    this.#ready.delete(url);
  }

  /** Whether requests are sent to it now. */
  isReady(url: string): boolean {
    return this.#ready.get(url) === true;
  }

  /** Asks all backends whether they are ready. */
  async look(): Promise<void> {
    await Promise.all(
      [...this.#ready.keys()].map(async (url) => {
        const isReady = await fetch(`${url}/health/ready`).then(
          ({ ok }) => ok,
          () => false,
        );
        if (this.#ready.has(url)) this.#ready.set(url, isReady);
      }),
    );
  }
}

function entityHeaders(headers: IncomingHttpHeaders): OutgoingHttpHeaders {
  const names = ['content-type', 'content-length'] as const;
  return Object.fromEntries(names.flatMap((it) => (headers[it] ? [[it, headers[it]]] : [])));
}
