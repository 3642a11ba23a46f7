import type { ExecutionContext } from '@nestjs/common';
import {
  type Attributes,
  type Context,
  type Link,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
} from '@opentelemetry/api';
import type { ErrorClassifier } from '../../kernel/error-classification.js';
import type { IncomingMessage } from './incoming-message.js';

// What `@MessagePattern` and `@EventPattern` leave on a handler; Nest does not export the key.
const PATTERN_METADATA = 'microservices:pattern';

/** Where the span of a message begins. */
export interface MessageSpanStart {
  readonly context: Context;
  readonly links: Link[];
  readonly attributes: Attributes;
}

/** Begins the CONSUMER span of a message. */
export function startMessageSpan(
  tracer: Tracer,
  {
    message,
    execution,
  }: { readonly message: IncomingMessage; readonly execution: ExecutionContext },
  { context, links, attributes }: MessageSpanStart,
): Span {
  const { system, destination } = message;
  const template = handlerPattern(execution, destination);
  return tracer.startSpan(
    template === undefined ? 'process' : `process ${template}`,
    {
      kind: SpanKind.CONSUMER,
      links,
      attributes: {
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        ...(system !== undefined && { 'messaging.system': system }),
        ...(destination !== undefined && { 'messaging.destination.name': destination }),
        ...(template !== undefined &&
          template !== destination && { 'messaging.destination.template': template }),
        ...attributes,
      },
    },
    context,
  );
}

/** The pattern that the handler declares: unlike the subject of the message it has no ids in it. */
function handlerPattern(
  execution: ExecutionContext,
  destination: string | undefined,
): string | undefined {
  const declared = Reflect.getMetadata(PATTERN_METADATA, execution.getHandler()) as unknown;
  const patterns = (Array.isArray(declared) ? declared : [declared])
    .filter((it) => it !== undefined && it !== null)
    .map((it) => (typeof it === 'object' ? objectPattern(it as object) : String(it)));
  return patterns.find((it) => it === destination) ?? patterns[0];
}

/** A method of gRPC has the name that its calls go by; any other object is what `send()` was given. */
function objectPattern(pattern: object): string {
  const { service, rpc } = pattern as { readonly service?: unknown; readonly rpc?: unknown };
  const isMethod = typeof service === 'string' && typeof rpc === 'string' && 'streaming' in pattern;
  return isMethod ? `${service}/${rpc}` : JSON.stringify(pattern);
}

/** What a handler's error says about its span: a rejection is an answer, not an error. */
export function recordError(span: Span, error: unknown, classifier: ErrorClassifier): void {
  if (classifier.outcomeOf(error) === 'rejected') return;
  const { type } = classifier.describe(error);
  const message = error instanceof Error ? error.message : '';
  span.setAttribute('error.type', type);
  span.recordException(error instanceof Error ? error : { name: type, message });
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== '' && { message }) });
}
