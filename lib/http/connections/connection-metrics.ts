import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Capability } from '../../kernel/capability.js';
import type { ErrorClassifier } from '../../kernel/errors/error-classification.js';
import type { Faults } from '../../kernel/faults.js';
import { notify } from '../../kernel/hooks.js';
import { connectionMetrics } from '../../metrics/catalogue/connections.js';
import {
  type CatalogueInstruments,
  type CatalogueNaming,
  registerCatalogue,
} from '../../metrics/recorders/catalogue-instruments.js';
import type { MetricRegistry } from '../../metrics/registry.js';

type Protocol = 'http' | 'http2' | 'websocket';

/** Socket of a server, whose parser Node removes when the connection is upgraded. */
type ServerSocket = Socket & { readonly alpnProtocol?: unknown; readonly parser?: unknown };

interface Connection {
  readonly socket: ServerSocket;
  protocol: Protocol;
}

/** Dependencies of {@link ConnectionMetrics}. */
export interface ConnectionMetricsDeps {
  readonly registry: MetricRegistry;
  readonly naming: CatalogueNaming;
  readonly classifier: ErrorClassifier;
  readonly faults: Faults;
  /** Returns the server of the application, once it exists. */
  server(): unknown;
}

/** Counts the connections to the server of the application by protocol. */
export class ConnectionMetrics implements Capability {
  readonly name = 'connections';
  readonly #deps: ConnectionMetricsDeps;
  readonly #metrics: CatalogueInstruments<typeof connectionMetrics>;
  readonly #open = new Set<Connection>();
  readonly #protocols = new Set<Protocol>();
  #leave: () => void = () => undefined;

  constructor(deps: ConnectionMetricsDeps) {
    this.#deps = deps;
    const { registry, naming } = deps;
    const { namespace } = naming;
    this.#metrics = registerCatalogue(registry, connectionMetrics, { namespace });
    registry.onCollect(() => this.#publish());
  }

  /** {@inheritDoc Capability.init} The server does not listen yet. */
  init(): void {
    const server = this.#deps.server() as Server | undefined;
    if (typeof server?.on !== 'function') return;
    const plain: Protocol = isHttp2(server) ? 'http2' : 'http';
    this.#protocols.add(plain);
    this.#metrics.total.labels({ protocol: plain, result: 'accepted' }).inc(0);
    const { faults } = this.#deps;
    const guarded = (listen: (value: never) => void) => (value: unknown) =>
      notify(faults, 'http', () => listen(value as never));
    // The connection below a TLS session has no protocol of its own.
    const opens = isTls(server) ? 'secureConnection' : 'connection';
    const listeners: [string, (value: unknown) => void][] = [
      [opens, guarded((socket: ServerSocket) => this.#opened(socket, plain))],
      ['drop', guarded(() => this.#failed(plain, 'refused'))],
      ['tlsClientError', guarded((error: unknown) => this.#failed(plain, 'failed', error))],
    ];
    for (const [event, listener] of listeners) server.prependListener(event, listener);
    this.#leave = () => {
      for (const [event, listener] of listeners) server.off(event, listener);
    };
  }

  /** {@inheritDoc Capability.stop} */
  stop(): void {
    this.#leave();
    this.#open.clear();
  }

  #opened(socket: ServerSocket, plain: Protocol): void {
    const protocol = socket.alpnProtocol === 'http/1.1' ? 'http' : plain;
    const connection: Connection = { socket, protocol };
    this.#protocols.add(protocol);
    this.#open.add(connection);
    this.#metrics.total.labels({ protocol, result: 'accepted' }).inc();
    socket.on('error', (error) => this.#countError(connection.protocol, error));
    socket.on('close', () => this.#open.delete(connection));
  }

  #failed(protocol: Protocol, result: string, error?: unknown): void {
    this.#metrics.total.labels({ protocol, result }).inc();
    if (error !== undefined) this.#countError(protocol, error);
  }

  #countError(protocol: Protocol, error: unknown): void {
    const { faults, classifier } = this.#deps;
    notify(faults, 'http', () => {
      const { code } = (error ?? {}) as { readonly code?: unknown };
      const type = typeof code === 'string' ? code : classifier.describe(error).type;
      this.#metrics.errors.labels({ protocol, error_type: type }).inc();
    });
  }

  #publish(): void {
    const counts = new Map<Protocol, number>();
    for (const connection of this.#open) {
      this.#notice(connection);
      const { protocol } = connection;
      counts.set(protocol, (counts.get(protocol) ?? 0) + 1);
    }
    for (const protocol of this.#protocols)
      this.#metrics.active.labels({ protocol }).set(counts.get(protocol) ?? 0);
  }

  /** Node tells of an upgrade only where it has a listener, and refuses upgrades without one: so the socket is asked. */
  #notice(connection: Connection): void {
    if (connection.protocol !== 'http' || connection.socket.parser !== null) return;
    connection.protocol = 'websocket';
    this.#protocols.add('websocket');
    this.#metrics.total.labels({ protocol: 'websocket', result: 'accepted' }).inc();
  }
}

function isHttp2(server: object): boolean {
  return 'updateSettings' in server;
}

function isTls(server: object): boolean {
  return 'setSecureContext' in server;
}
