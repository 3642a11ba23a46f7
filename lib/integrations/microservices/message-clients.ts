import { TrackedCall } from '../../instrumentation/calls/current-observation.js';
import { MethodOverrides } from '../../instrumentation/calls/method-overrides.js';
import type { AnyFunction } from '../../instrumentation/decorators/function-identity.js';
import { observeResult } from '../../instrumentation/results/result-observer.js';
import type { TracingObserver } from '../../kernel/call-tracer.js';
import type { Capability } from '../../kernel/capability.js';
import type { Outcome } from '../../kernel/errors/error-classification.js';
import { notify } from '../../kernel/hooks.js';
import { lowCardinality, patternName } from '../../messages/message-pattern.js';
import type { Messages } from '../../messages/messages.js';
import {
  hasServices,
  observeServices,
  outcomeOfStatus,
  type TraceGrpcCall,
} from './grpc-services.js';
import { classNames, HIDDEN_ERROR } from './microservice-parts.js';

/** Client of a transport, with the members that this library uses. */
interface Client {
  send: AnyFunction;
  emit: AnyFunction;
}

interface Emitted {
  subscribe(observer: { error(error: unknown): void; complete(): void }): unknown;
}

// By the names of Nest's classes.
const TRANSPORTS: Readonly<Record<string, string>> = {
  ClientTCP: 'tcp',
  ClientRedis: 'redis',
  ClientNats: 'nats',
  ClientMqtt: 'mqtt',
  ClientRMQ: 'rabbitmq',
  ClientKafka: 'kafka',
  ClientGrpcProxy: 'grpc',
};

/** Dependencies of {@link MessageClients}. */
export interface MessageClientsDeps {
  readonly messages: Messages;
  /** Follows calls without making spans. */
  readonly following: TracingObserver | undefined;
  /** Makes a client send the trace context; `undefined` when tracing is off. */
  traceClient?(client: object): void;
  /** Runs calls of gRPC in spans; `undefined` when tracing is off. */
  readonly traceCall?: TraceGrpcCall;
}

/** Observes the messages that the clients of one application send. */
export class MessageClients implements Capability {
  readonly name = 'message_clients';
  readonly #deps: MessageClientsDeps;
  readonly #overrides = new MethodOverrides();

  constructor(deps: MessageClientsDeps, clients: Iterable<object>) {
    this.#deps = deps;
    for (const it of clients) {
      for (const observe of [() => deps.traceClient?.(it), () => this.#observe(it as Client)])
        notify(deps.messages.faults, 'messages', observe);
    }
  }

  /** {@inheritDoc Capability.stop} */
  stop(): void {
    this.#overrides.release();
  }

  #observe(client: Client): void {
    const transport = transportOf(client);
    const callOf = (pattern: unknown) => this.#callOf(transport, pattern);
    if (hasServices(client)) {
      observeServices(client, this.#overrides, { callOf, trace: this.#deps.traceCall });
      return;
    }
    this.#overrides.replace(
      client,
      'send',
      (original) =>
        function (this: unknown, ...args) {
          const call = callOf(args[0]);
          const answers = original.apply(this, args);
          return call === undefined ? answers : observeResult(answers, call, call.start());
        },
    );
    this.#overrides.replace(
      client,
      'emit',
      (original) =>
        function (this: unknown, ...args) {
          const call = callOf(args[0]);
          if (call === undefined) return original.apply(this, args);
          const startedMs = call.start();
          const emitted = original.apply(this, args) as Emitted;
          // Nest sends the event at once, whether or not the application subscribes.
          emitted.subscribe({
            error: (error) => call.fail(startedMs, error),
            complete: () => call.succeed(startedMs, undefined),
          });
          return emitted;
        },
    );
  }

  #callOf(transport: string, pattern: unknown): TrackedCall | undefined {
    const { messages, following: tracing } = this.#deps;
    let call: TrackedCall | undefined;
    notify(messages.faults, 'messages', () => {
      const binding = messages.bindingOf({
        transport,
        pattern: lowCardinality(patternName(pattern)),
        side: 'client',
        options: { outcome: outcomeOfAnswer },
        tracing,
      });
      call = binding && new TrackedCall(binding, [], binding.follow([]));
    });
    return call;
  }
}

function transportOf(client: object): string {
  const names = classNames(client);
  const known = names.find((it) => Object.hasOwn(TRANSPORTS, it));
  return known === undefined ? 'custom' : (TRANSPORTS[known] as string);
}

const SERVER_ERROR = 500;

/**
 * Outcome of an answer that is no error object: a server sends the value of an `RpcException`, which is a rejection, or a
 * fixed answer in place of any other error.
 */
function outcomeOfAnswer(answer: unknown): Outcome | undefined {
  const ofStatus = outcomeOfStatus(answer);
  if (
    ofStatus !== undefined ||
    answer instanceof Error ||
    typeof answer !== 'object' ||
    answer === null
  )
    return ofStatus;
  const { status, statusCode, message } = answer as Readonly<Record<string, unknown>>;
  if (status !== 'error') return 'rejected';
  const isFailure =
    message === HIDDEN_ERROR || (typeof statusCode === 'number' && statusCode >= SERVER_ERROR);
  return isFailure ? 'failure' : 'rejected';
}
