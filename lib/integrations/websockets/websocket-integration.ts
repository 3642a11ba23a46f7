import 'reflect-metadata';
import type { Modules } from '../../instrumentation/binding/handler-explorer.js';
import { MethodOverrides } from '../../instrumentation/calls/method-overrides.js';
import type { AnyFunction } from '../../instrumentation/decorators/function-identity.js';
import type { Capability } from '../../kernel/capability.js';
import { notify } from '../../kernel/hooks.js';
import { probeExceptions } from '../../messages/exception-probe.js';
import { MessageCall, type OpenMessages, runMessage } from '../../messages/message-call.js';
import { patternName } from '../../messages/message-pattern.js';
import type { Messages } from '../../messages/messages.js';
import { websocketMetrics } from '../../metrics/catalogue/integrations/messages.js';
import type { GaugeSeries } from '../../metrics/instruments/gauge.js';
import {
  type CatalogueInstruments,
  type CatalogueNaming,
  registerCatalogue,
} from '../../metrics/recorders/catalogue-instruments.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import { methodsOf } from '../../instrumentation/binding/method-discovery.js';
import { gatewaysOf } from './gateways.js';

// Metadata key of `@SubscribeMessage`, which the package does not export.
const MESSAGE = 'websockets:message_mapping';

/** Adapter of Nest for WebSockets, with the members that this library uses. */
interface SocketAdapter {
  create: AnyFunction;
  bindClientConnect: AnyFunction;
  bindClientDisconnect?: AnyFunction;
  bindMessageHandlers: AnyFunction;
}

/** Configuration of Nest, with the members that this library uses. */
interface SocketConfig {
  getIoAdapter(): unknown;
  setIoAdapter(adapter: never): void;
}

/** Handler of the messages of one client. */
interface SocketHandler {
  readonly message: unknown;
  readonly callback: AnyFunction;
}

interface SocketOptions {
  readonly namespace?: unknown;
  readonly path?: unknown;
}

/** Dependencies of a {@link WebSocketIntegration}. */
export interface WebSocketDeps {
  readonly messages: Messages;
  readonly open: OpenMessages;
  readonly config: SocketConfig;
  readonly registry: MetricRegistry;
  readonly naming: CatalogueNaming;
}

/**
 * Observes connections to the gateways of `@nestjs/websockets` and their messages in one application, at the border of the
 * adapter, which Nest or the application sets before the gateways are connected.
 */
export class WebSocketIntegration implements Capability {
  readonly name = 'websockets';
  readonly #deps: WebSocketDeps;
  readonly #overrides = new MethodOverrides();
  readonly #metrics: CatalogueInstruments<typeof websocketMetrics>;
  readonly #namespaces = new WeakMap<object, string>();
  readonly #clients = new WeakSet<object>();
  readonly #adapters = new WeakSet<object>();

  constructor(deps: WebSocketDeps, modules: Modules) {
    this.#deps = deps;
    const { registry, naming, config, messages } = deps;
    const { namespace } = naming;
    this.#metrics = registerCatalogue(registry, websocketMetrics, { namespace });
    const { faults } = messages;
    for (const it of handlersOf(modules)) notify(faults, 'messages', () => probeExceptions(it));
    const observe = (adapter: unknown) =>
      notify(faults, 'messages', () => this.#observe(adapter as SocketAdapter | undefined));
    observe(config.getIoAdapter());
    this.#overrides.method(
      config,
      'setIoAdapter',
      (original) =>
        function (this: unknown, ...args) {
          observe(args[0]);
          return original.apply(this, args);
        },
    );
  }

  /** {@inheritDoc Capability.stop} */
  stop(): void {
    this.#overrides.release();
  }

  #observe(adapter: SocketAdapter | undefined): void {
    if (typeof adapter !== 'object' || adapter === null || this.#adapters.has(adapter)) return;
    this.#adapters.add(adapter);
    this.#observeServers(adapter);
    this.#observeConnections(adapter);
    this.#observeMessages(adapter);
  }

  #observeServers(adapter: SocketAdapter): void {
    const namespaces = this.#namespaces;
    this.#overrides.method(
      adapter,
      'create',
      (original) =>
        function (this: unknown, ...args) {
          const server = original.apply(this, args);
          if (typeof server === 'object' && server !== null)
            namespaces.set(server, namespaceOf(server, args[1]));
          return server;
        },
    );
  }

  #observeConnections(adapter: SocketAdapter): void {
    const opened = (server: unknown, client: unknown) =>
      notify(this.#deps.messages.faults, 'messages', () => this.#opened(adapter, server, client));
    this.#overrides.method(
      adapter,
      'bindClientConnect',
      (original) =>
        function (this: unknown, ...[server, callback, ...rest]) {
          const connected = function (this: unknown, ...args: unknown[]): unknown {
            opened(server, args[0]);
            return Reflect.apply(callback as AnyFunction, this, args);
          };
          return original.call(this, server, connected, ...rest);
        },
    );
  }

  /** Several gateways may share a server, and each of them receives the connection. */
  #opened(adapter: SocketAdapter, server: unknown, client: unknown): void {
    if (typeof client !== 'object' || client === null || this.#clients.has(client)) return;
    this.#clients.add(client);
    const namespace = this.#namespaces.get(server as object) ?? '/';
    const open = this.#metrics.connections.labels({ namespace });
    open.inc();
    this.#onClose(adapter, client, () => close(open));
  }

  #onClose(adapter: SocketAdapter, client: object, closed: () => void): void {
    if (typeof adapter.bindClientDisconnect === 'function') {
      adapter.bindClientDisconnect(client, closed);
      return;
    }
    const { on } = client as { on?: AnyFunction };
    on?.call(client, 'close', closed);
  }

  #observeMessages(adapter: SocketAdapter): void {
    const observed = (handlers: unknown) =>
      (handlers as SocketHandler[]).map((it) => this.#observedHandler(it));
    this.#overrides.method(
      adapter,
      'bindMessageHandlers',
      (original) =>
        function (this: unknown, ...[client, handlers, ...rest]) {
          return original.call(this, client, observed(handlers), ...rest);
        },
    );
  }

  #observedHandler(handler: SocketHandler): SocketHandler {
    const { messages, open } = this.#deps;
    const { message, callback } = handler;
    const route = {
      transport: 'websocket',
      pattern: patternName(message),
      side: 'server',
    } as const;
    const binding = messages.bindingOf(route);
    if (binding === undefined) return handler;
    return {
      ...handler,
      callback: (...args) =>
        runMessage(new MessageCall(binding, args, open), () => callback(...args)),
    };
  }
}

/** Methods of the gateways with `@SubscribeMessage`. */
function* handlersOf(modules: Modules): Iterable<object> {
  for (const gateway of gatewaysOf(modules))
    for (const [, method] of methodsOf(gateway))
      if (Reflect.hasMetadata(MESSAGE, method)) yield method;
}

function close(open: GaugeSeries): void {
  open.dec();
}

/** Returns the declared namespace of Socket.IO, or the path of ws. */
function namespaceOf(server: object, options: unknown): string {
  const { namespace, path } = (options ?? {}) as SocketOptions;
  if (namespace !== undefined) return String(namespace);
  // Socket.IO serves all of its namespaces at one path.
  return 'of' in server || typeof path !== 'string' ? '/' : path;
}
