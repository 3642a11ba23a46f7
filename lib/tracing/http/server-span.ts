import type { ServerResponse } from 'node:http';
import {
  type Context,
  type Link,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
} from '@opentelemetry/api';
import { requestAttributes, requestEnd, requestSpanName } from './http-span.format.js';
import { matchedRoute, pathOf, type RoutedRequest } from '../../http/matched-route.js';

/** Parent and links of a request's span. */
export interface RequestOrigin {
  /** Context with the parent, if any. */
  readonly scope: Context;
  /** Spans that it follows from without being a child. */
  readonly links: Link[];
}

/** Starts the SERVER span of a request. */
export function startServerSpan(
  tracer: Tracer,
  request: RoutedRequest,
  { scope, links }: RequestOrigin,
): Span {
  const { method = 'GET', headers, httpVersion, socket } = request;
  const attributes = requestAttributes({
    method,
    path: pathOf(request),
    scheme: 'encrypted' in socket && socket.encrypted === true ? 'https' : 'http',
    httpVersion,
    host: headers.host,
    userAgent: headers['user-agent'],
  });
  const options = { kind: SpanKind.SERVER, attributes, links };
  return tracer.startSpan(requestSpanName(method), options, scope);
}

/**
 * Ends the span once, when the response is complete or the connection is closed.
 *
 * @param onFault - Receives faults, which must not reach the response's own listeners.
 */
export function endWithResponse(
  span: Span,
  { request, response }: { readonly request: RoutedRequest; readonly response: ServerResponse },
  onFault: (fault: unknown) => void,
): void {
  const end = () => {
    response.off('finish', end);
    response.off('close', end);
    try {
      describeEnd(span, request, response);
    } catch (fault) {
      onFault(fault);
    }
    // Span processors of the application run here.
    try {
      span.end();
    } catch (fault) {
      onFault(fault);
    }
  };
  response.once('finish', end);
  response.once('close', end);
}

function describeEnd(span: Span, request: RoutedRequest, response: ServerResponse): void {
  const { name, attributes, isError } = requestEnd({
    method: request.method ?? 'GET',
    route: matchedRoute(request),
    status: response.headersSent ? response.statusCode : undefined,
  });
  span.updateName(name);
  span.setAttributes(attributes);
  if (isError) span.setStatus({ code: SpanStatusCode.ERROR });
}
