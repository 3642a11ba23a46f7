import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ConfigurationError } from '../../../kernel/configuration-error.js';

/** Address of an {@link EndpointListener}. */
export interface ListenerAddress {
  /** TCP port; 0 lets the system choose. */
  readonly port: number;
  /** Address to bind to. @defaultValue all interfaces */
  readonly host?: string | undefined;
}

/** Answers a reading request to one path. */
export type EndpointRoute = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** Dependencies of an {@link EndpointListener}. */
export interface EndpointListenerDeps {
  /** Routes by exact path. */
  readonly routes: ReadonlyMap<string, EndpointRoute>;
  /** Name of the option that sets the port. */
  readonly option: string;
}

/** Serves endpoints of the library on a separate port. It never keeps the process alive. */
export class EndpointListener {
  readonly #address: ListenerAddress;
  readonly #deps: EndpointListenerDeps;
  #server: Server | undefined;

  constructor(address: ListenerAddress, deps: EndpointListenerDeps) {
    this.#address = address;
    this.#deps = deps;
  }

  /**
   * Binds the port.
   *
   * @throws ConfigurationError `OBS_ENDPOINT_TAKEN` when the port cannot be bound.
   */
  async open(): Promise<void> {
    const { port, host } = this.#address;
    const { option } = this.#deps;
    const server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    server.on('connection', (socket) => socket.unref());
    await new Promise<void>((resolve, reject) => {
      // The listener is never removed: without one, a later shortage of file descriptors would end
      // the process.
      server.on('error', (error) => reject(portError(option, port, error)));
      server.listen(port, host, resolve);
    });
    this.#server = server.unref();
  }

  /** Bound port. */
  get port(): number | undefined {
    const address = this.#server?.address();
    return typeof address === 'object' ? address?.port : undefined;
  }

  /** Stops listening and ends all connections. */
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
    const [path = ''] = (request.url ?? '').split('?');
    const route = this.#deps.routes.get(path);
    if (route === undefined) {
      response.writeHead(404).end();
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.writeHead(405, { allow: 'GET, HEAD' }).end();
      return;
    }
    await route(request, response);
  }
}

function portError(option: string, port: number, error: Error): ConfigurationError {
  return new ConfigurationError('OBS_ENDPOINT_TAKEN', {
    subject: option,
    value: port,
    rule: `the port must be free to listen on (${(error as NodeJS.ErrnoException).code ?? error.name})`,
    remedy: 'Choose another port, or 0 for any.',
  });
}
