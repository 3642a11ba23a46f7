import type { Attributes } from '@opentelemetry/api';
import { isKnownMethod, OTHER_METHOD } from '../../http/http-method.js';

/** Request attributes at the start of a span. */
export interface RequestInfo {
  readonly method: string;
  /** Path without the query, which may contain tokens. */
  readonly path: string;
  readonly scheme: 'http' | 'https';
  readonly httpVersion: string;
  readonly host: string | undefined;
  readonly userAgent: string | undefined;
}

/** Response attributes at the end of a span. */
export interface ResponseInfo {
  readonly method: string;
  /** Route template, such as `/orders/:id`; absent when no route matched. */
  readonly route: string | undefined;
  /** Absent when the connection closed before the response. */
  readonly status: number | undefined;
}

/** Final name, attributes and status of a span. */
export interface SpanEnd {
  readonly name: string;
  readonly attributes: Attributes;
  readonly isError: boolean;
}

const HOST = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i;
const TEXT_LIMIT = 1024;

/** Returns the name of the span before the route is known. It has low cardinality for any client input. */
export function requestSpanName(method: string): string {
  return isKnownMethod(method) ? method : 'HTTP';
}

/** Returns the attributes at the start of the span. */
export function requestAttributes(request: RequestInfo): Attributes {
  const { method, path, scheme, httpVersion, userAgent } = request;
  const isKnown = isKnownMethod(method);
  return {
    'http.request.method': isKnown ? method : OTHER_METHOD,
    'url.path': path.slice(0, TEXT_LIMIT),
    'url.scheme': scheme,
    'network.protocol.version': httpVersion,
    ...(!isKnown && { 'http.request.method_original': method.slice(0, TEXT_LIMIT) }),
    ...(userAgent !== undefined && { 'user_agent.original': userAgent.slice(0, TEXT_LIMIT) }),
    ...serverAttributes(request.host),
  };
}

function serverAttributes(host: string | undefined): Attributes {
  const [, address, port] = HOST.exec(host ?? '') ?? [];
  if (address === undefined) return {};
  return { 'server.address': address, ...(port !== undefined && { 'server.port': Number(port) }) };
}

/** Returns name, attributes and status at the end of the span. A response below 500 is not a server error. */
export function requestEnd({ method, route, status }: ResponseInfo): SpanEnd {
  const name = requestSpanName(method);
  const isError = status === undefined || status >= 500;
  return {
    name: route === undefined ? name : `${name} ${route}`,
    isError,
    attributes: {
      ...(route !== undefined && { 'http.route': route }),
      ...(status !== undefined && { 'http.response.status_code': status }),
      ...(isError && { 'error.type': status === undefined ? 'connection_closed' : String(status) }),
    },
  };
}
