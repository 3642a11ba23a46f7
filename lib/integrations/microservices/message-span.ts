import {
  type Attributes,
  type Context,
  type Link,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
} from '@opentelemetry/api';
import type { ErrorClassifier } from '../../kernel/errors/error-classification.js';
import type { IncomingMessage } from './incoming-message.js';

/** Parent, links and attributes of the span of a message. */
export interface MessageSpanStart {
  readonly context: Context;
  readonly links: Link[];
  readonly attributes: Attributes;
}

/** Starts the CONSUMER span of a message. */
export function startMessageSpan(
  tracer: Tracer,
  { message, declared }: { readonly message: IncomingMessage; readonly declared: unknown },
  { context, links, attributes }: MessageSpanStart,
): Span {
  const { system, destination } = message;
  const template = handlerPattern(declared, destination);
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

/** Returns the declared pattern of the handler, which unlike the subject of the message contains no ids. */
function handlerPattern(declared: unknown, destination: string | undefined): string | undefined {
  const patterns = (Array.isArray(declared) ? declared : [declared])
    .filter((it) => it !== undefined && it !== null)
    .map((it) => (typeof it === 'object' ? objectPattern(it as object) : String(it)));
  return patterns.find((it) => it === destination) ?? patterns[0];
}

/** Formats an object pattern: the method name for gRPC, otherwise the JSON that `send()` transmits. */
function objectPattern(pattern: object): string {
  const { service, rpc } = pattern as { readonly service?: unknown; readonly rpc?: unknown };
  const isMethod = typeof service === 'string' && typeof rpc === 'string' && 'streaming' in pattern;
  return isMethod ? `${service}/${rpc}` : JSON.stringify(pattern);
}

/** Records an error on a span. A rejection is an answer, not an error. */
export function recordError(span: Span, error: unknown, classifier: ErrorClassifier): void {
  if (classifier.outcomeOf(error) === 'rejected') return;
  const { type } = classifier.describe(error);
  const message = error instanceof Error ? error.message : '';
  span.setAttribute('error.type', type);
  span.recordException(error instanceof Error ? error : { name: type, message });
  span.setStatus({ code: SpanStatusCode.ERROR, ...(message !== '' && { message }) });
}
