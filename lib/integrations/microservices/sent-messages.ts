import {
  ClientKafka,
  ClientMqtt,
  ClientNats,
  ClientRedis,
  ClientRMQ,
  type PacketId,
  type ReadPacket,
  type WritePacket,
} from '@nestjs/microservices';
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
import { ErrorClassifier } from '../../kernel/error-classification.js';
import { Faults } from '../../kernel/faults.js';
import { libraryTracer } from '../../tracing/context/message-scope.js';
import { isHttpRejection } from '../../instrumentation/http-rejection.js';
import { recordError } from './message-span.js';

const NAME_LIMIT = 128;
// Digits, a UUID, or hexadecimal digits as long as an object id.
const ID = /^(?:\d+|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,})$/i;
const SEPARATORS = /([./:_])/;

/**
 * A pattern as the name of a span has it: what looks like an id becomes `*`, for a name has few values. A word of the
 * application's own, such as a tenant, cannot be told from the others.
 */
function lowCardinality(pattern: string): string {
  // Patterns that are objects arrive as JSON: their values are constants of the code.
  if (pattern.startsWith('{')) return pattern.slice(0, NAME_LIMIT).toWellFormed();
  const parts = pattern.split(SEPARATORS).map((it) => (ID.test(it) ? '*' : it));
  return parts.join('').slice(0, NAME_LIMIT).toWellFormed();
}

// TCP is no messaging system.
const SYSTEMS: readonly (readonly [client: abstract new (...args: never[]) => object, string])[] = [
  [ClientNats, 'nats'],
  [ClientRMQ, 'rabbitmq'],
  [ClientKafka, 'kafka'],
  [ClientRedis, 'redis'],
  [ClientMqtt, 'mqtt'],
];

/** `messaging.system` of a client; `undefined` for a transport that is no messaging system, or one not of Nest. */
function systemOf(client: object): string | undefined {
  return SYSTEMS.find(([type]) => client instanceof type)?.[1];
}

/** Begins the PRODUCER span of a message, in the active context. */
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

/** What a client keeps for itself; Nest calls it after the connection is there, in the context of the sender. */
export interface SendingClient {
  publish?: (packet: ReadPacket & Partial<PacketId>, callback: Answered) => () => void;
  dispatchEvent?: (packet: ReadPacket) => Promise<unknown>;
  /** Kafka's several events at once. */
  dispatchBatchEvent?: (packet: ReadPacket) => Promise<unknown>;
  normalizePattern?(pattern: unknown): string;
}

type Answered = (packet: WritePacket) => void;

/** What sending is traced with. */
export interface SendOptions {
  readonly span: boolean;
  readonly tracer: Tracer | undefined;
  readonly faults: Faults | undefined;
}

/** Makes a PRODUCER span of each message that a client sends, and knows which context a message was sent in. */
export class SentMessages {
  readonly #client: SendingClient;
  readonly #options: SendOptions;
  readonly #system: string | undefined;
  // Some clients serialize a request only when the broker has confirmed the channel of its answer, in whatever context
  // that is.
  readonly #contexts = new WeakMap<object, Context>();
  #faults: Faults;
  #classifier: ErrorClassifier;

  constructor(client: object, options: SendOptions) {
    this.#client = client;
    this.#options = options;
    this.#system = systemOf(client);
    this.#faults = options.faults ?? new Faults(systemClock);
    this.#classifier = new ErrorClassifier({}, isHttpRejection, this.#faults);
    this.#tracePublish();
    this.#traceDispatch('dispatchEvent');
    this.#traceDispatch('dispatchBatchEvent');
  }

  /** Uses the parts of an application where the options name none. */
  adopt({ faults, classifier }: ApplicationContext): void {
    this.#faults = this.#options.faults ?? faults;
    this.#classifier = classifier;
  }

  /** The context that a packet was sent in. */
  contextOf(packet: unknown): Context {
    const isObject = typeof packet === 'object' && packet !== null;
    return (isObject ? this.#contexts.get(packet) : undefined) ?? contextApi.active();
  }

  /** A request: the span ends with the last answer, or when nobody waits for one any more. */
  #tracePublish(): void {
    const { publish } = this.#client;
    if (publish === undefined) return;
    this.#client.publish = (packet, callback) => {
      const span = this.#begin(packet);
      const answered: Answered = (answer) => {
        if (answer.err) this.#fail(span, answer.err);
        if (answer.err || answer.isDisposed === true) span?.end();
        callback(answer);
      };
      const send = () => publish.call(this.#client, packet, span ? answered : callback);
      const leave = this.#run(packet, span, send);
      if (span === undefined || typeof leave !== 'function') return leave;
      return () => {
        leave();
        if (span.isRecording()) span.end();
      };
    };
  }

  /** An event: the span ends when the broker has it. */
  #traceDispatch(name: 'dispatchEvent' | 'dispatchBatchEvent'): void {
    const dispatch = this.#client[name];
    if (dispatch === undefined) return;
    this.#client[name] = (packet) => {
      const span = this.#begin(packet);
      const dispatched = this.#run(packet, span, () => dispatch.call(this.#client, packet));
      if (span === undefined) return dispatched;
      Promise.resolve(dispatched).then(
        () => span.end(),
        (error: unknown) => {
          this.#fail(span, error);
          span.end();
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
      this.#faults.report('message-context', fault);
      return undefined;
    }
  }

  #run<T>(packet: object, span: Span | undefined, send: () => T): T {
    const active = contextApi.active();
    const scope = span === undefined ? active : trace.setSpan(active, span);
    this.#contexts.set(packet, scope);
    try {
      return contextApi.with(scope, send);
    } catch (error) {
      this.#fail(span, error);
      span?.end();
      throw error;
    }
  }

  #fail(span: Span | undefined, error: unknown): void {
    if (span === undefined || !span.isRecording()) return;
    try {
      recordError(span, error, this.#classifier);
    } catch (fault) {
      this.#faults.report('message-context', fault);
    }
  }
}
