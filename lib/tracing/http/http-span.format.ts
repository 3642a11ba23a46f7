import type { Attributes } from '@opentelemetry/api';
import { isKnownMethod, OTHER_METHOD } from '../../http/http-method.js';

/** What a span says about a request before it is handled. */
export interface RequestInfo {
  readonly method: string;
  /** Without the query: it is where people put tokens. */
  readonly path: string;
  readonly scheme: 'http' | 'https';
  readonly httpVersion: string;
  readonly host: string | undefined;
  readonly userAgent: string | undefined;
}

/** What a span says about a request that is over. */
export interface ResponseInfo {
  readonly method: string;
  /** Template of the route, such as `/orders/:id`; absent when none matched. */
  readonly route: string | undefined;
  /** Absent when the connection was closed before there was an answer. */
  readonly status: number | undefined;
}

/** How the span of a request ends. */
export interface SpanEnd {
  readonly name: string;
  readonly attributes: Attributes;
  readonly isError: boolean;
}

const HOST = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::(\d{1,5}))?$/i;
const TEXT_LIMIT = 1024;

/** Name of the span while the route is not known: few values, whatever clients send. */
export function requestSpanName(method: string): string {
  return isKnownMethod(method) ? method : 'HTTP';
}

/** Attributes of the span at its start. */
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

/** Name, attributes and status of the span at its end. An answer below 500 is no error of the server. */
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
