import {
  EventIntegration,
  hasListeners,
} from '../../integrations/event-emitter/event-integration.js';
import { MessageClients } from '../../integrations/microservices/message-clients.js';
import type { AnyClient } from '../../integrations/microservices/traced-client.js';
import { MessageServers } from '../../integrations/microservices/message-servers.js';
import {
  clientsOf,
  hasMessageHandlers,
} from '../../integrations/microservices/microservice-parts.js';
import { hasGateways } from '../../integrations/websockets/gateways.js';
import { WebSocketIntegration } from '../../integrations/websockets/websocket-integration.js';
import type { Modules } from '../../instrumentation/binding/handler-explorer.js';
import type { TracingObserver } from '../../kernel/call-tracer.js';
import type { Capability } from '../../kernel/capability.js';
import { compositeTracing } from '../../kernel/following/composite-tracing.js';
import { Messages } from '../../messages/messages.js';
import type { WorkDeps } from './work-deps.js';

/** Observes the messages of one application: those of microservices, gateways and event listeners. */
export class MessageWork implements Capability {
  readonly name = 'messages';
  readonly #deps: WorkDeps;
  readonly #modules: Modules;
  readonly #messages: Messages;
  readonly #parts: Capability[] = [];

  constructor(deps: WorkDeps, modules: Modules) {
    this.#deps = deps;
    this.#modules = modules;
    const { instrumentation, handlers, faults, options, registry, drain, config } = deps;
    const { messages: own = {} } = options;
    const { namespace } = deps;
    const messages = new Messages({ instrumentation, handlers, faults, options: own || {} });
    this.#messages = messages;
    const open = { count: 0 };
    // Handlers of microservices count themselves, with or without metrics.
    drain.works.add({ name: 'messages of sockets and events', count: () => open.count });
    const naming = { namespace };
    if (hasMessageHandlers(modules)) this.#parts.push(this.#servers());
    if (hasGateways(modules))
      this.#parts.push(
        new WebSocketIntegration({ messages, open, config, registry, naming }, modules),
      );
    if (hasListeners(modules)) this.#parts.push(new EventIntegration({ messages, open }, modules));
  }

  /** {@inheritDoc Capability.init} */
  async init(): Promise<void> {
    const clients = clientsOf(this.#modules);
    if (clients.size > 0) this.#parts.push(await this.#clients(clients));
    for (const it of this.#parts) await it.init?.();
  }

  /** {@inheritDoc Capability.stop} */
  async stop(): Promise<void> {
    for (const it of this.#parts) await it.stop?.();
    this.#messages.stop();
  }

  #servers(): MessageServers {
    const { tracing, container: registry, clock, faults, classifier } = this.#deps;
    const load = async () => {
      const { messageTracing } =
        await import('../../integrations/microservices/message-tracing.js');
      return messageTracing({ clock, faults, classifier });
    };
    const follower = this.#follower();
    const join = (spans: TracingObserver | undefined) =>
      follower === undefined ? spans : compositeTracing(spans, follower);
    const deps = { messages: this.#messages, registry, join };
    return new MessageServers(
      { ...deps, loadTracing: tracing === undefined ? undefined : load },
      this.#modules,
    );
  }

  async #clients(clients: Iterable<object>): Promise<MessageClients> {
    const { tracing } = this.#deps;
    const messages = this.#messages;
    const following = this.#follower();
    if (tracing === undefined) return new MessageClients({ messages, following }, clients);
    const { tracedClient } = await import('../../integrations/microservices/traced-client.js');
    const { grpcSpans } = await import('../../integrations/microservices/grpc-spans.js');
    const traceClient = (client: object) => void tracedClient(client as AnyClient);
    const traceCall = grpcSpans(this.#deps);
    return new MessageClients({ messages, following, traceClient, traceCall }, clients);
  }

  /** Plugins that follow calls, without the spans. */
  #follower(): TracingObserver | undefined {
    return this.#deps.following?.withoutSpans;
  }
}
