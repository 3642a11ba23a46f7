import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ConfigurationError } from '../../../kernel/configuration-error.js';
import type { PrometheusExporter } from '../prometheus.exporter.js';
import { answerScrape } from './scrape-answer.js';

/** Address of a {@link MetricsListener}. */
export interface ListenerAddress {
  /** TCP port; 0 lets the system choose. */
  readonly port: number;
  /** Address to bind to. @defaultValue all interfaces */
  readonly host?: string | undefined;
  readonly path: string;
}

/** Serves the metrics on a separate port. It never keeps the process alive. */
export class MetricsListener {
  readonly #exporter: PrometheusExporter;
  readonly #address: ListenerAddress;
  #server: Server | undefined;

  constructor(exporter: PrometheusExporter, address: ListenerAddress) {
    this.#exporter = exporter;
    this.#address = address;
  }

  /**
   * Binds the port.
   *
   * @throws ConfigurationError `OBS_ENDPOINT_TAKEN` when the port cannot be bound.
   */
  async open(): Promise<void> {
    const { port, host } = this.#address;
    const server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    server.on('connection', (socket) => socket.unref());
    await new Promise<void>((resolve, reject) => {
      // The listener is never removed: without one, a later shortage of file descriptors would end
      // the process.
      server.on('error', (error) => reject(portError(port, error)));
      server.listen(port, host, resolve);
    });
    this.#server = server.unref();
  }

  /** Bound port. */
  get port(): number | undefined {
    const address = this.#server?.address();
    return typeof address === 'object' ? address?.port : undefined;
  }

  /** Stops listening and ends idle connections. */
  async close(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [path] = (request.url ?? '').split('?');
    if (path !== this.#address.path) {
      response.writeHead(404).end();
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    const { status, headers, pieces } = await answerScrape(this.#exporter, request.headers);
    response.writeHead(status, headers);
    this.#exporter.delivery.send(pieces, response);
  }
}

function portError(port: number, error: Error): ConfigurationError {
  return new ConfigurationError('OBS_ENDPOINT_TAKEN', {
    subject: 'prometheus.port',
    value: port,
    rule: `the port must be free to listen on (${(error as NodeJS.ErrnoException).code ?? error.name})`,
    remedy: 'Choose another port, or 0 for any.',
  });
}
