import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { ConfigurationError } from '../kernel/configuration-error.js';

/** Address of a port for one plugin alone. */
export interface LocalAddress {
  readonly port: number;
  readonly host: string;
  readonly path: string;
}

/** Headers that a proxy adds: the request may come from anywhere. */
const PROXY_HEADERS = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];
const LOOPBACK = /^(?:::1|(?:::ffff:)?127\.\d+\.\d+\.\d+)$/;
const LOCAL_HOST = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/i;

/** Returns true for a request of a program on this machine that no proxy has passed on. */
export function isLocalRequest({ headers, socket }: IncomingMessage): boolean {
  return (
    LOOPBACK.test(socket.remoteAddress ?? '') &&
    // A page in a browser reaches this machine through a host name of its own.
    LOCAL_HOST.test(headers.host ?? '') &&
    PROXY_HEADERS.every((it) => headers[it] === undefined)
  );
}

/**
 * Returns whose page in a browser has sent a request: one of the same origin, another one, or none, as for a program or
 * an address that a person has opened.
 */
export function originOf({ headers }: IncomingMessage): 'same' | 'other' | 'none' {
  const site = headers['sec-fetch-site'];
  if (site === 'none') return 'none';
  if (site !== undefined) return site === 'same-origin' ? 'same' : 'other';
  const { origin, host } = headers;
  if (origin === undefined) return 'none';
  return URL.canParse(origin) && new URL(origin).host === host ? 'same' : 'other';
}

/** Serves one plugin on a port of its own. It never keeps the process alive. */
export abstract class LocalServer {
  readonly #subject: string;
  #server: Server | undefined;

  /** @param subject - Path of the option of the port, for errors. */
  constructor(subject: string) {
    this.#subject = subject;
  }

  /** Answers a request; `path` is that of the plugin. */
  protected abstract answer(path: string, request: IncomingMessage, response: ServerResponse): void;

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
  async open({ port, host, path }: LocalAddress): Promise<void> {
    const server = createServer((request, response) => this.answer(path, request, response));
    server.on('connection', (socket) => socket.unref());
    await new Promise<void>((resolve, reject) => {
      // The listener is never removed: without one, a later shortage of file descriptors would end the process.
      server.on('error', (error) => reject(portError(this.#subject, port, error)));
      server.listen(port, host, resolve);
    });
    this.#server = server.unref();
  }

  /** Ends open answers and stops listening. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
      // The last bytes of answers are on their way.
      setImmediate(() => server.closeAllConnections());
    });
  }
}

function portError(subject: string, port: number, error: Error): ConfigurationError {
  return new ConfigurationError('OBS_ENDPOINT_TAKEN', {
    subject,
    value: port,
    rule: `the port must be free to listen on (${(error as NodeJS.ErrnoException).code ?? error.name})`,
    remedy: 'Choose another port, or 0 for any.',
  });
}
