import type { Modules } from '../../instrumentation/binding/handler-explorer.js';
import { MethodOverrides } from '../../instrumentation/calls/method-overrides.js';
import type { AnyFunction } from '../../instrumentation/decorators/function-identity.js';
import type { TracingObserver } from '../../kernel/call-tracer.js';
import type { Capability } from '../../kernel/capability.js';
import { notify } from '../../kernel/hooks.js';
import { probeExceptions } from '../../messages/exception-probe.js';
import { MessageCall, runMessage } from '../../messages/message-call.js';
import { patternName } from '../../messages/message-pattern.js';
import type { Messages } from '../../messages/messages.js';
import { LateTracing } from '../../tracing/wiring/late-tracing.js';
import { handlersOf } from './microservice-parts.js';

const TRANSPORTS = ['tcp', 'redis', 'nats', 'mqtt', 'grpc', 'rabbitmq', 'kafka'] as const;

/** Server of a transport, with the members that this library uses. */
interface Server {
  readonly transportId?: unknown;
  addHandler: AnyFunction;
}

/** Registry of Nest in which each server of an application appears before it has handlers. Since Nest 11. */
interface ServerRegistry {
  getRpcTargetRegistry?(): {
    subscribe(next: (server: unknown) => void): { unsubscribe(): void };
  };
}

/** Dependencies of {@link MessageServers}. */
export interface MessageServersDeps {
  readonly messages: Messages;
  readonly registry: ServerRegistry;
  /** Loads what makes the spans of messages; `undefined` when tracing is off. */
  readonly loadTracing?: (() => Promise<TracingObserver>) | undefined;
  /** Joins the spans with the plugins that follow calls. */
  join(spans: TracingObserver | undefined): TracingObserver | undefined;
}

/** Observes the handlers of `@nestjs/microservices` in one application, at the border of its servers. */
export class MessageServers implements Capability {
  readonly name = 'message_servers';
  readonly #deps: MessageServersDeps;
  readonly #overrides = new MethodOverrides();
  readonly #tracing: TracingObserver | undefined;
  readonly #servers: { unsubscribe(): void } | undefined;
  readonly #spans: LateTracing | undefined;

  constructor(deps: MessageServersDeps, modules: Modules) {
    this.#deps = deps;
    const { messages, registry, loadTracing: load } = deps;
    const { faults } = messages;
    this.#spans = load && new LateTracing({ faults, load });
    this.#tracing = deps.join(this.#spans);
    for (const it of handlersOf(modules)) notify(faults, 'messages', () => probeExceptions(it));
    this.#servers = registry
      .getRpcTargetRegistry?.()
      .subscribe((it) => notify(faults, 'messages', () => this.#observe(it as Server)));
  }

  /** {@inheritDoc Capability.init} Spans are there before the first message. */
  async init(): Promise<void> {
    const { loadTracing, messages } = this.#deps;
    if (this.#spans?.isNeeded !== true) return;
    await loadTracing?.().catch((fault: unknown) => messages.faults.report('tracing', fault));
    void this.#spans.loaded;
  }

  /** {@inheritDoc Capability.stop} */
  stop(): void {
    this.#servers?.unsubscribe();
    this.#overrides.release();
  }

  #observe(server: Server): void {
    const observed = (pattern: unknown, callback: unknown, isEvent: unknown) =>
      this.#observed({ server, pattern, callback: callback as AnyFunction, isEvent });
    this.#overrides.method(
      server,
      'addHandler',
      (original) =>
        function (this: unknown, ...args) {
          const [pattern, callback, isEvent, ...rest] = args;
          return original.call(
            this,
            pattern,
            observed(pattern, callback, isEvent),
            isEvent,
            ...rest,
          );
        },
    );
  }

  /** Returns a handler in place of the one of Nest. A proxy, because Nest chains handlers of one event by a property. */
  #observed({ server, pattern, callback, isEvent }: AddedHandler): AnyFunction {
    const { messages } = this.#deps;
    const binding = messages.bindingOf({
      transport: transportOf(server),
      pattern: patternName(pattern),
      side: 'server',
      tracing: this.#tracing,
    });
    if (binding === undefined) return callback;
    return new Proxy(callback, {
      apply: (handler, self, args: unknown[]) => {
        const [data, transport] = isContextHost(args[0]) ? args.slice(1) : args;
        const call = new MessageCall(binding, [
          { data, transport, declared: pattern, isTrusted: true },
        ]);
        call.isJoined = isEvent === true && 'next' in handler;
        return runMessage(call, () => Reflect.apply(handler, self, args) as unknown);
      },
    });
  }
}

interface AddedHandler {
  readonly server: Server;
  readonly pattern: unknown;
  readonly callback: AnyFunction;
  readonly isEvent: unknown;
}

function transportOf({ transportId }: Server): string {
  if (typeof transportId === 'number') return TRANSPORTS[transportId] ?? 'custom';
  if (typeof transportId === 'symbol') return transportId.description ?? 'custom';
  return typeof transportId === 'string' ? transportId : 'custom';
}

/** Nest passes the request of the first handler of an event on to the others. */
function isContextHost(value: unknown): boolean {
  return (value as object | null | undefined)?.constructor?.name === 'RequestContextHost';
}
