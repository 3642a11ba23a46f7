import type { PacketId, ReadPacket, WritePacket } from '@nestjs/microservices';
import {
  type Context,
  context as contextApi,
  type Span,
  SpanKind,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import type { ApplicationContext } from '../../kernel/application-context.js';
import { systemClock } from '../../kernel/clock.js';
import { ErrorClassifier } from '../../kernel/errors/error-classification.js';
import { Faults } from '../../kernel/faults.js';
import { notify } from '../../kernel/hooks.js';
import { lowCardinality } from '../../messages/message-pattern.js';
import { libraryTracer } from '../../tracing/context/message-scope.js';
import { keepRandomTrace } from '../../tracing/context/random-trace.js';
import { isNestRejection } from '../../instrumentation/nest-rejection.js';
import { recordError } from './message-span.js';
import { isInstance } from './microservice-parts.js';

// TCP is not a messaging system.
const SYSTEMS: readonly (readonly [className: string, system: string])[] = [
  ['ClientNats', 'nats'],
  ['ClientRMQ', 'rabbitmq'],
  ['ClientKafka', 'kafka'],
  ['ClientRedis', 'redis'],
  ['ClientMqtt', 'mqtt'],
];

/**
 * Returns the `messaging.system` of a client; `undefined` for a transport that is not a messaging system, or not one of
 * Nest.
 */
function systemOf(client: object): string | undefined {
  return SYSTEMS.find(([type]) => isInstance(client, type))?.[1];
}

/** Starts the PRODUCER span of a message in the active context. */
function startSendSpan(
  tracer: Tracer,
  { pattern, system }: { readonly pattern: string; readonly system: string | undefined },
): Span {
  const template = lowCardinality(pattern);
  const attributes = {
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
    'messaging.destination.name': pattern,
    ...(system !== undefined && { 'messaging.system': system }),
    ...(template !== pattern && { 'messaging.destination.template': template }),
  };
  const options = { kind: SpanKind.PRODUCER, attributes };
  return tracer.startSpan(`send ${template}`, options, contextApi.active());
}

/** Protected members of a client. Nest calls them once connected, in the context of the sender. */
export interface SendingClient {
  publish?: (packet: ReadPacket & Partial<PacketId>, callback: Answered) => () => void;
  dispatchEvent?: (packet: ReadPacket) => Promise<unknown>;
  /** Dispatches several Kafka events at once. */
  dispatchBatchEvent?: (packet: ReadPacket) => Promise<unknown>;
  normalizePattern?(pattern: unknown): string;
}

type Answered = (packet: WritePacket) => void;

/** Options for the tracing of sent messages. */
export interface SendOptions {
  readonly span: boolean;
  readonly tracer: Tracer | undefined;
  readonly faults: Faults | undefined;
}

/** Creates a PRODUCER span for each message that a client sends, and stores the context in which it was sent. */
export class SentMessages {
  readonly #client: SendingClient;
  readonly #options: SendOptions;
  readonly #system: string | undefined;
  // Some clients serialize a request only after the broker has confirmed the reply channel, in an arbitrary context.
  readonly #contexts = new WeakMap<object, Context>();
  #faults: Faults;
  #classifier: ErrorClassifier;

  constructor(client: object, options: SendOptions) {
    this.#client = client;
    this.#options = options;
    this.#system = systemOf(client);
    this.#faults = options.faults ?? new Faults(systemClock);
    this.#classifier = new ErrorClassifier({}, isNestRejection, this.#faults);
    this.#tracePublish();
    this.#traceDispatch('dispatchEvent');
    this.#traceDispatch('dispatchBatchEvent');
  }

  /** Uses the context of the application for omitted options. */
  adopt({ faults, classifier }: ApplicationContext): void {
    this.#faults = this.#options.faults ?? faults;
    this.#classifier = classifier;
  }

  /** Returns the context in which a packet was sent. */
  #contextOf(packet: unknown): Context {
    const isObject = typeof packet === 'object' && packet !== null;
    return (isObject ? this.#contexts.get(packet) : undefined) ?? contextApi.active();
  }

  /** Traces requests: the span ends with the last answer, or when the caller unsubscribes. */
  #tracePublish(): void {
    const { publish } = this.#client;
    if (publish === undefined) return;
    this.#client.publish = (packet, callback) => {
      const span = this.#begin(packet);
      const answered: Answered = (answer) => {
        notify(this.#faults, 'message_context', () => this.#answered(span, answer));
        callback(answer);
      };
      const send = () => publish.call(this.#client, packet, span ? answered : callback);
      const leave = this.#run(packet, span, send);
      if (span === undefined || typeof leave !== 'function') return leave;
      return () => {
        leave();
        if (span.isRecording()) this.#end(span);
      };
    };
  }

  #answered(span: Span | undefined, { err, isDisposed }: WritePacket): void {
    if (err) this.#fail(span, err);
    if (err || isDisposed === true) this.#end(span);
  }

  /** Adds the context of a packet to a message; returns the message unchanged after a fault. */
  write(packet: unknown, message: unknown, writer: (message: unknown) => unknown): unknown {
    try {
      return contextApi.with(this.#contextOf(packet), () => writer(message));
    } catch (fault) {
      this.#faults.report('message_context', fault);
      return message;
    }
  }

  /** Traces events: the span ends when the broker has accepted the event. */
  #traceDispatch(name: 'dispatchEvent' | 'dispatchBatchEvent'): void {
    const dispatch = this.#client[name];
    if (dispatch === undefined) return;
    this.#client[name] = (packet) => {
      const span = this.#begin(packet);
      const dispatched = this.#run(packet, span, () => dispatch.call(this.#client, packet));
      if (span === undefined) return dispatched;
      Promise.resolve(dispatched).then(
        () => this.#end(span),
        (error: unknown) => {
          this.#fail(span, error);
          this.#end(span);
        },
      );
      return dispatched;
    };
  }

  #begin(packet: ReadPacket): Span | undefined {
    if (!this.#options.span) return undefined;
    try {
      const pattern = this.#client.normalizePattern?.(packet.pattern) ?? String(packet.pattern);
      const tracer = this.#options.tracer ?? libraryTracer();
      return startSendSpan(tracer, { pattern, system: this.#system });
    } catch (fault) {
      this.#faults.report('message_context', fault);
      return undefined;
    }
  }

  #run<T>(packet: object, span: Span | undefined, send: () => T): T {
    const active = contextApi.active();
    const scope = span === undefined ? active : trace.setSpan(keepRandomTrace(active), span);
    this.#contexts.set(packet, scope);
    try {
      return contextApi.with(scope, send);
    } catch (error) {
      this.#fail(span, error);
      this.#end(span);
      throw error;
    }
  }

  /** Ends a span. Span processors of the application run here. */
  #end(span: Span | undefined): void {
    notify(this.#faults, 'message_context', () => span?.end());
  }

  #fail(span: Span | undefined, error: unknown): void {
    if (span === undefined || !span.isRecording()) return;
    try {
      recordError(span, error, this.#classifier);
    } catch (fault) {
      this.#faults.report('message_context', fault);
    }
  }
}
