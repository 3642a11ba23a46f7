import 'reflect-metadata';
import type { ExecutionContext } from '@nestjs/common';
import {
  type Context,
  context as contextApi,
  createContextKey,
  type Span,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { Observable, type Subscriber, type TeardownLogic } from 'rxjs';
import type { ApplicationContext } from '../../kernel/application-context.js';
import { type Clock, systemClock } from '../../kernel/clock.js';
import { ErrorClassifier } from '../../kernel/errors/error-classification.js';
import { Faults } from '../../kernel/faults.js';
import { notify, requireSync } from '../../kernel/hooks.js';
import { LinkPolicy, type LinkPolicyOptions } from '../../tracing/context/link-policy.js';
import { contextOfMessage, libraryTracer } from '../../tracing/context/message-scope.js';
import { activeSpanContext, keepRandomTrace } from '../../tracing/context/random-trace.js';
import { contextOfOrigin, type SpanOrigin } from '../../tracing/context/span-origin.js';
import { type IncomingMessage, IncomingMessages } from './incoming-message.js';
import { isNestRejection } from '../../instrumentation/nest-rejection.js';
import { recordError, startMessageSpan } from './message-span.js';

/** Options for the tracing of message handlers. */
export interface MessageTraceOptions {
  /**
   * Age from which a message is linked instead of continued. The transport must provide the time of sending, as Kafka
   * does.
   *
   * @defaultValue the age of the link policy; a message of unknown age counts as young
   */
  readonly links?: LinkPolicyOptions | undefined;
  /**
   * Trusts the trace and correlation of a message: `false` for untrusted senders, or a function that decides. An
   * untrusted message starts a new trace, linked to the claimed one, and a new correlation. A function that throws
   * trusts no message.
   *
   * @defaultValue `true`
   */
  readonly trustIncoming?: boolean | ((execution: ExecutionContext) => boolean) | undefined;
  /** Distinguishes rejections from errors. @defaultValue the classifier of the module, else the built-in rules */
  readonly classifier?: ErrorClassifier | undefined;
  /** Creates the spans. @defaultValue the tracer of this library */
  readonly tracer?: Tracer | undefined;
  /** Counts malformed headers. @defaultValue the metrics of the application, if it imports the module */
  readonly faults?: Faults | undefined;
  /** Measures the age of messages. @defaultValue the clock of the module, else the system clock */
  readonly clock?: Clock | undefined;
}

// Transport context of the handled message, so that hook and interceptor together create one span.
const HANDLING = createContextKey('eventcore.message');
// Metadata key of `@MessagePattern` and `@EventPattern`, which Nest does not export.
const PATTERN_METADATA = 'microservices:pattern';
// Applications whose own interceptor or hook makes the spans, by their fault counter.
const traced = new WeakSet<Faults>();

/** Returns true for an application whose own {@link TracedMessages} make the spans of its messages. */
export function tracesMessages({ faults }: ApplicationContext): boolean {
  return traced.has(faults);
}

/** Message that a handler has received. */
export interface HandledMessage {
  /** Context that Nest passes to `@Ctx()`. */
  readonly transport: unknown;
  readonly data: unknown;
  /** Declared pattern of the handler, or several. */
  readonly declared: unknown;
  readonly isTrusted: boolean;
}

/** Span of a message, and the context in which its handler runs. */
export interface MessageScope {
  readonly context: Context;
  readonly span: Span;
}

/** Runs message handlers in the trace of the message, each in a CONSUMER span. */
export class TracedMessages {
  readonly #options: MessageTraceOptions;
  #tools: MessageTools;

  constructor(options: MessageTraceOptions = {}) {
    this.#options = options;
    this.#tools = messageTools(options);
  }

  /** Uses the context of the application for omitted options. Its messages have the spans of this object. */
  adopt(application: ApplicationContext): void {
    traced.add(application.faults);
    this.#tools = messageTools(this.#options, application);
  }

  /** Runs `proceed` in the span of the message, from subscription to completion. */
  handle<T>(execution: ExecutionContext, proceed: () => Observable<T>): Observable<T> {
    if (execution.getType() !== 'rpc') return proceed();
    return new Observable<T>((subscriber) => {
      const begun = this.begin(() => this.#messageOf(execution));
      if (begun === undefined) return proceed().subscribe(subscriber);
      const { context, span } = begun;
      return contextApi.with(context, () => this.#run(proceed, { span, subscriber }));
    });
  }

  /** Starts the span of a message; `undefined` for a message that has one, and after a fault. */
  begin(read: () => HandledMessage): MessageScope | undefined {
    try {
      return this.#start(read());
    } catch (fault) {
      this.#tools.faults.report('message_context', fault);
      return undefined;
    }
  }

  /** Ends a span, with the error of its handler, if any. Span processors of the application run here. */
  end(span: Span, failure?: { readonly thrown: unknown }): void {
    if (failure !== undefined) this.#recordError(span, failure.thrown);
    notify(this.#tools.faults, 'message_context', () => span.end());
  }

  #messageOf(execution: ExecutionContext): HandledMessage {
    const rpc = execution.switchToRpc();
    const declared: unknown = Reflect.getMetadata(PATTERN_METADATA, execution.getHandler());
    const isTrusted = this.#trusts(execution);
    return { transport: rpc.getContext(), data: rpc.getData(), declared, isTrusted };
  }

  #start({ transport, data, declared, isTrusted }: HandledMessage): MessageScope | undefined {
    const active = contextApi.active();
    if (transport !== undefined && active.getValue(HANDLING) === transport) return undefined;
    const message = this.#tools.messages.read(transport, data);
    const origin = this.#originOf(message, active, isTrusted);
    const { spanContext, ...carried } = message.origin;
    const correlated = isTrusted ? contextOfMessage(carried, active) : active;
    const { links, attributes } = origin;
    const span = startMessageSpan(
      this.#options.tracer ?? libraryTracer(),
      { message, declared },
      { context: contextOfOrigin(origin, correlated), links, attributes },
    );
    const scope = keepRandomTrace(keepRandomTrace(correlated), spanContext);
    return { context: trace.setSpan(scope, span).setValue(HANDLING, transport), span };
  }

  #trusts(execution: ExecutionContext): boolean {
    const { trustIncoming = true } = this.#options;
    if (typeof trustIncoming !== 'function') return trustIncoming;
    try {
      return requireSync(trustIncoming(execution)) === true;
    } catch (fault) {
      this.#tools.faults.report('message_context', fault);
      return false;
    }
  }

  #originOf(
    { origin, sentAtMs }: IncomingMessage,
    active: Context,
    isTrusted: boolean,
  ): SpanOrigin {
    const producer = origin.spanContext;
    const ambient = activeSpanContext(active);
    // An instrumentation of the broker client has already continued the trace.
    const isContinued = ambient !== undefined && ambient.traceId === producer?.traceId;
    const event = { producer: isContinued ? undefined : producer, recordedAtMs: sentAtMs };
    // Batches and untrusted messages are never the child of one producer.
    return this.#tools.policy.originOf({ events: [event], batch: !isTrusted, ambient });
  }

  #run<T>(proceed: () => Observable<T>, { span, subscriber }: RunningMessage<T>): TeardownLogic {
    const fail = (thrown: unknown) => this.end(span, { thrown });
    try {
      const subscription = proceed().subscribe({
        next: (value) => subscriber.next(value),
        error: (error: unknown) => {
          fail(error);
          subscriber.error(error);
        },
        complete: () => {
          this.end(span);
          subscriber.complete();
        },
      });
      return () => {
        subscription.unsubscribe();
        if (span.isRecording()) this.end(span);
      };
    } catch (error) {
      fail(error);
      throw error;
    }
  }

  #recordError(span: Span, error: unknown): void {
    try {
      recordError(span, error, this.#tools.classifier);
    } catch (fault) {
      this.#tools.faults.report('message_context', fault);
    }
  }
}

interface RunningMessage<T> {
  readonly span: Span;
  readonly subscriber: Subscriber<T>;
}

/** Dependencies for reading and classifying messages. */
interface MessageTools {
  readonly faults: Faults;
  readonly messages: IncomingMessages;
  readonly policy: LinkPolicy;
  readonly classifier: ErrorClassifier;
}

function messageTools(
  options: MessageTraceOptions,
  application?: ApplicationContext,
): MessageTools {
  const faults = options.faults ?? application?.faults ?? new Faults(systemClock);
  const clock = options.clock ?? application?.clock ?? systemClock;
  const classifier = options.classifier ?? application?.classifier;
  return {
    faults,
    messages: new IncomingMessages(faults),
    // Transports that do not provide the age deliver immediately.
    policy: new LinkPolicy(clock, { unknownAge: 'young', ...options.links }),
    classifier: classifier ?? new ErrorClassifier({}, isNestRejection, faults),
  };
}
