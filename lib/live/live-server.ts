import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ConfigurationError } from '../kernel/configuration-error.js';
import type { LivePage } from './live-page.js';

/** Address of a port for the page alone. */
export interface LiveServerAddress {
  readonly port: number;
  readonly host: string;
  readonly path: string;
}

/** Serves the page on a port of its own. It never keeps the process alive. */
export class LiveServer {
  readonly #page: LivePage;
  #server: Server | undefined;

  constructor(page: LivePage) {
    this.#page = page;
  }

  /** Bound port. */
  get port(): number | undefined {
    const address = this.#server?.address();
    return typeof address === 'object' ? address?.port : undefined;
  }

  /**
   * Binds the port.
   *
   * @throws ConfigurationError `OBS_ENDPOINT_TAKEN` when the port cannot be bound.
   */
  async open({ port, host, path }: LiveServerAddress): Promise<void> {
    const server = createServer((request, response) => this.#answer(path, request, response));
    server.on('connection', (socket) => socket.unref());
    await new Promise<void>((resolve, reject) => {
      // The listener is never removed: without one, a later shortage of file descriptors would end the process.
      server.on('error', (error) => reject(portError(port, error)));
      server.listen(port, host, resolve);
    });
    this.#server = server.unref();
  }

  /** Ends the streams and stops listening. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
      // The goodbye of the streams is on its way.
      setImmediate(() => server.closeAllConnections());
    });
  }

  #answer(path: string, request: IncomingMessage, response: ServerResponse): void {
    const [asked = ''] = (request.url ?? '').split('?', 1);
    const isBelow = asked === path || asked.startsWith(`${path}/`);
    if (!isBelow) {
      if (asked === '/') response.writeHead(302, { Location: `.${path}/overview` }).end();
      else response.writeHead(404).end();
      return;
    }
    void this.#page.answer(asked.slice(path.length + 1), request, response);
  }
}

function portError(port: number, error: Error): ConfigurationError {
  return new ConfigurationError('OBS_ENDPOINT_TAKEN', {
    subject: 'livePage().port',
    value: port,
    rule: `the port must be free to listen on (${(error as NodeJS.ErrnoException).code ?? error.name})`,
    remedy: 'Choose another port, or 0 for any.',
  });
}
