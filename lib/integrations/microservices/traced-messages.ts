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
import { ErrorClassifier } from '../../kernel/error-classification.js';
import { Faults } from '../../kernel/faults.js';
import { LinkPolicy, type LinkPolicyOptions } from '../../tracing/context/link-policy.js';
import { contextOfMessage, libraryTracer } from '../../tracing/context/message-scope.js';
import { contextOfOrigin, type SpanOrigin } from '../../tracing/context/span-origin.js';
import { type IncomingMessage, IncomingMessages } from './incoming-message.js';
import { isHttpRejection } from '../../instrumentation/http-rejection.js';
import { recordError, startMessageSpan } from './message-span.js';

/** Options of the tracing of message handlers. */
export interface MessageTraceOptions {
  /**
   * When a message counts as old; the transport must tell when it was sent, as Kafka does.
   *
   * @defaultValue that of the policy, but a message of unknown age counts as young
   */
  readonly links?: LinkPolicyOptions | undefined;
  /**
   * Whether the trace and the correlation of a message are believed: `false` where strangers send, or a function that
   * knows the senders. A message that is not trusted begins a trace, linked to what it claimed, and its correlation. A
   * function that throws trusts nobody.
   *
   * @defaultValue `true`
   */
  readonly trustIncoming?: boolean | ((execution: ExecutionContext) => boolean) | undefined;
  /** Tells rejections from errors. @defaultValue that of the module, else the rules that apply without options */
  readonly classifier?: ErrorClassifier | undefined;
  /** Makes the spans. @defaultValue the tracer of this library */
  readonly tracer?: Tracer | undefined;
  /** Where malformed headers are counted. @defaultValue the metrics of the application, if it imports the module */
  readonly faults?: Faults | undefined;
  /** Tells the age of messages. @defaultValue that of the module, else the clock of the process */
  readonly clock?: Clock | undefined;
}

// The transport context of the message that is being handled, so that hook and interceptor together make one span.
const HANDLING = createContextKey('eventcore.message');

/** Runs the handlers of messages in the trace of the message, each in a CONSUMER span. */
export class TracedMessages {
  readonly #options: MessageTraceOptions;
  #tools: MessageTools;

  constructor(options: MessageTraceOptions = {}) {
    this.#options = options;
    this.#tools = messageTools(options);
  }

  /** Uses the parts of an application where the options name none. */
  adopt(parts: ApplicationContext): void {
    this.#tools = messageTools(this.#options, parts);
  }

  /** What `proceed` returns, in the span of the message from subscription to end. */
  handle<T>(execution: ExecutionContext, proceed: () => Observable<T>): Observable<T> {
    if (execution.getType() !== 'rpc') return proceed();
    return new Observable<T>((subscriber) => {
      const begun = this.#begin(execution);
      if (begun === undefined) return proceed().subscribe(subscriber);
      const { context, span } = begun;
      return contextApi.with(context, () => this.#run(proceed, { span, subscriber }));
    });
  }

  #begin(execution: ExecutionContext): { context: Context; span: Span } | undefined {
    try {
      return this.#start(execution);
    } catch (fault) {
      this.#tools.faults.report('message-context', fault);
      return undefined;
    }
  }

  #start(execution: ExecutionContext): { context: Context; span: Span } | undefined {
    const active = contextApi.active();
    const rpc = execution.switchToRpc();
    const transport: unknown = rpc.getContext();
    if (transport !== undefined && active.getValue(HANDLING) === transport) return undefined;
    const message = this.#tools.messages.read(transport, rpc.getData());
    const isTrusted = this.#trusts(execution);
    const origin = this.#originOf(message, active, isTrusted);
    const { correlationId, causationId } = message.origin;
    const correlated = isTrusted
      ? contextOfMessage({ correlationId, causationId }, active)
      : active;
    const { links, attributes } = origin;
    const span = startMessageSpan(
      this.#options.tracer ?? libraryTracer(),
      { message, execution },
      { context: contextOfOrigin(origin, correlated), links, attributes },
    );
    return { context: trace.setSpan(correlated, span).setValue(HANDLING, transport), span };
  }

  #trusts(execution: ExecutionContext): boolean {
    const { trustIncoming = true } = this.#options;
    if (typeof trustIncoming !== 'function') return trustIncoming;
    try {
      return trustIncoming(execution) === true;
    } catch (fault) {
      this.#tools.faults.report('message-context', fault);
      return false;
    }
  }

  #originOf(
    { origin, sentAtMs }: IncomingMessage,
    active: Context,
    isTrusted: boolean,
  ): SpanOrigin {
    const producer = origin.spanContext;
    const ambient = trace.getSpanContext(active);
    // An instrumentation of the broker's client has continued the trace already: go on from there.
    const isContinued = ambient !== undefined && ambient.traceId === producer?.traceId;
    const event = { producer: isContinued ? undefined : producer, recordedAtMs: sentAtMs };
    // A batch is never the child of one producer; neither is what nobody vouches for.
    return this.#tools.policy.originOf({ events: [event], batch: !isTrusted, ambient });
  }

  #run<T>(proceed: () => Observable<T>, { span, subscriber }: RunningMessage<T>): TeardownLogic {
    const fail = (error: unknown) => {
      this.#recordError(span, error);
      span.end();
    };
    try {
      const subscription = proceed().subscribe({
        next: (value) => subscriber.next(value),
        error: (error: unknown) => {
          fail(error);
          subscriber.error(error);
        },
        complete: () => {
          span.end();
          subscriber.complete();
        },
      });
      return () => {
        subscription.unsubscribe();
        if (span.isRecording()) span.end();
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
      this.#tools.faults.report('message-context', fault);
    }
  }
}

interface RunningMessage<T> {
  readonly span: Span;
  readonly subscriber: Subscriber<T>;
}

/** What messages are read and judged with. */
interface MessageTools {
  readonly faults: Faults;
  readonly messages: IncomingMessages;
  readonly policy: LinkPolicy;
  readonly classifier: ErrorClassifier;
}

function messageTools(options: MessageTraceOptions, parts?: ApplicationContext): MessageTools {
  const faults = options.faults ?? parts?.faults ?? new Faults(systemClock);
  const clock = options.clock ?? parts?.clock ?? systemClock;
  const classifier = options.classifier ?? parts?.classifier;
  return {
    faults,
    messages: new IncomingMessages(faults),
    // Transports that do not tell the age deliver at once.
    policy: new LinkPolicy(clock, { unknownAge: 'young', ...options.links }),
    classifier: classifier ?? new ErrorClassifier({}, isHttpRejection, faults),
  };
}
