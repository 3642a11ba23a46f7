import { context as contextApi } from '@opentelemetry/api';
import type { ApplicationContext } from '../../kernel/application-context.js';
import type { CallEnd, CallTrace, CallTracer, TracingObserver } from '../../kernel/call-tracer.js';
import type { SampledSpan } from '../../kernel/observer.js';
import { spanAttributes } from '../../tracing/span/attribute-values.js';
import { sampledSpanOf } from '../../tracing/span/span-context.js';
import {
  type HandledMessage,
  type MessageScope,
  TracedMessages,
  tracesMessages,
} from './traced-messages.js';

/**
 * Makes the spans of messages that are found without an interceptor: the first argument of a call is the message. An
 * application with an interceptor or hook of its own keeps the spans of these.
 */
export function messageTracing(application: ApplicationContext): TracingObserver {
  const messages = new TracedMessages({ faults: application.faults, clock: application.clock });
  const tracer = new MessageTracer(messages, application);
  return {
    bind: () => tracer,
    followOperation: () => undefined,
    carry: (metadata) => metadata,
    published: () => undefined,
    deliver: (_message, work) => work(),
  };
}

class MessageTracer implements CallTracer {
  readonly #messages: TracedMessages;
  readonly #application: ApplicationContext;

  constructor(messages: TracedMessages, application: ApplicationContext) {
    this.#messages = messages;
    this.#application = application;
  }

  isActive(): boolean {
    return !tracesMessages(this.#application);
  }

  follow([message]: readonly unknown[]): CallTrace | undefined {
    if (!this.isActive()) return undefined;
    const scope = this.#messages.begin(() => message as HandledMessage);
    return scope && new MessageTrace(scope, this.#messages, this.#application);
  }
}

class MessageTrace implements CallTrace {
  readonly #scope: MessageScope;
  readonly #messages: TracedMessages;
  readonly #application: ApplicationContext;

  constructor(scope: MessageScope, messages: TracedMessages, application: ApplicationContext) {
    this.#scope = scope;
    this.#messages = messages;
    this.#application = application;
  }

  run<T>(work: () => T): T {
    return contextApi.with(this.#scope.context, work);
  }

  setAttributes(attributes: Parameters<CallTrace['setAttributes']>[0]): void {
    this.#scope.span.setAttributes(spanAttributes(attributes, this.#application.faults));
  }

  addEvent(name: string, attributes?: Parameters<CallTrace['addEvent']>[1]): void {
    this.#scope.span.addEvent(name, spanAttributes(attributes, this.#application.faults));
  }

  sampledSpan(): SampledSpan | undefined {
    return sampledSpanOf(this.#scope.span);
  }

  retried(): void {
    this.#scope.span.addEvent('retry');
  }

  ended({ outcome, thrown }: CallEnd): void {
    this.#messages.end(this.#scope.span, outcome === 'failure' ? { thrown } : undefined);
  }
}
