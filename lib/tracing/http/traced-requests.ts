import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  type Context,
  context as contextApi,
  isSpanContextValid,
  trace,
  type Tracer,
} from '@opentelemetry/api';
import { followFastifyRoutes, pathOf, type RoutedRequest } from '../../http/matched-route.js';
import { type ApplicationContext, attachedContext } from '../../kernel/application-context.js';
import { systemClock } from '../../kernel/clock.js';
import { Faults } from '../../kernel/faults.js';
import { requireSync } from '../../kernel/hooks.js';
import { contextOfMessage, libraryTracer } from '../context/message-scope.js';
import { plainMetadata } from '../context/metadata-shape.js';
import { keepRandomTrace } from '../context/random-trace.js';
import { TraceContextCarrier } from '../context/trace-context-carrier.js';
import { parseTraceparent } from '../context/traceparent.format.js';
import { endWithResponse, type RequestOrigin, startServerSpan } from './server-span.js';

/** Options of {@link traceContext}. */
export interface HttpTraceOptions {
  /**
   * Creates a SERVER span per request, named `GET /orders/:id`. If false, spans of the request are
   * children of the caller's span.
   *
   * @defaultValue `true`
   */
  readonly span?: boolean | undefined;
  /**
   * Excludes requests by their path without the query, such as probes and scrapes.
   *
   * @defaultValue none
   */
  readonly ignore?: ((path: string, request: IncomingMessage) => boolean) | undefined;
  /**
   * Trusts the trace and correlation headers of a request. Set it to `false` at a public edge, or
   * to a function that identifies trusted callers. An untrusted request starts a new trace and
   * correlation; its claimed trace becomes a link. A function that throws trusts no caller.
   *
   * @defaultValue `true`
   */
  readonly trustIncoming?: boolean | ((request: IncomingMessage) => boolean) | undefined;
  /** Creates the spans. @defaultValue the tracer of the library */
  readonly tracer?: Tracer | undefined;
  /** Counts malformed headers. @defaultValue the metrics of the application, if it imports the module */
  readonly faults?: Faults | undefined;
}

/** Returns the context of the application whose server has received the request. */
function contextOf({ socket }: IncomingMessage): ApplicationContext | undefined {
  return attachedContext((socket as { readonly server?: unknown } | null)?.server);
}

/** Reads headers and reports unreadable ones. */
interface HeaderReader {
  readonly faults: Faults;
  readonly carrier: TraceContextCarrier<object>;
}

const CORRELATION_HEADERS = { correlationId: 'x-correlation-id', causationId: 'x-causation-id' };

/** Provides the context of each request. */
export class TracedRequests {
  readonly #options: HttpTraceOptions;
  readonly #own: HeaderReader;
  readonly #readers = new WeakMap<Faults, HeaderReader>();

  constructor(options: HttpTraceOptions) {
    this.#options = options;
    this.#own = readerFor(options.faults ?? new Faults(systemClock));
    if (options.span !== false) followFastifyRoutes();
  }

  /** Returns the context of a request; `undefined` leaves the active one unchanged. */
  scopeOf(request: IncomingMessage, response: ServerResponse): Context | undefined {
    let reader = this.#own;
    try {
      reader = this.#readerOf(request);
      return this.#scopeOf(request, response, reader);
    } catch (fault) {
      reader.faults.report('http_context', fault);
      return undefined;
    }
  }

  #scopeOf(
    request: RoutedRequest,
    response: ServerResponse,
    reader: HeaderReader,
  ): Context | undefined {
    const active = contextApi.active();
    if (isTraced(active)) return scopeInTrace(request, active);
    if (this.#ignores(request)) return undefined;
    const origin = this.#originOf(request, active, reader);
    if (this.#options.span === false) return origin.scope;
    const span = startServerSpan(this.#options.tracer ?? libraryTracer(), request, origin);
    if (span.isRecording()) {
      endWithResponse(span, { request, response }, (fault) =>
        reader.faults.report('http_context', fault),
      );
    }
    return trace.setSpan(origin.scope, span);
  }

  #ignores(request: RoutedRequest): boolean {
    const path = pathOf(request);
    // A page that updates itself would be a trace of hours.
    if (contextOf(request)?.servesItself?.(path) === true) return true;
    return requireSync(this.#options.ignore?.(path, request)) === true;
  }

  #originOf(request: IncomingMessage, active: Context, reader: HeaderReader): RequestOrigin {
    const message = reader.carrier.read(request.headers);
    if (this.#trusts(request, reader)) {
      return { scope: contextOfMessage(message, active), links: [] };
    }
    const { spanContext } = message;
    return { scope: active, links: spanContext === undefined ? [] : [{ context: spanContext }] };
  }

  #trusts(request: IncomingMessage, { faults }: HeaderReader): boolean {
    const { trustIncoming = true } = this.#options;
    if (typeof trustIncoming !== 'function') return trustIncoming;
    try {
      return requireSync(trustIncoming(request)) === true;
    } catch (fault) {
      faults.report('http_context', fault);
      return false;
    }
  }

  /**
   * Returns the reader of the application that serves the request. It is found by its server,
   * because one middleware may serve several applications.
   */
  #readerOf(request: IncomingMessage): HeaderReader {
    if (this.#options.faults !== undefined) return this.#own;
    const faults = contextOf(request)?.faults;
    if (faults === undefined) return this.#own;
    const known = this.#readers.get(faults);
    if (known !== undefined) return known;
    const reader = readerFor(faults);
    this.#readers.set(faults, reader);
    return reader;
  }
}

function readerFor(faults: Faults): HeaderReader {
  const options = { keys: CORRELATION_HEADERS, faults };
  return { faults, carrier: new TraceContextCarrier(plainMetadata, options) };
}

/** Returns the context of a request whose trace another instrumentation has continued, if the context changes. */
function scopeInTrace({ headers }: IncomingMessage, active: Context): Context | undefined {
  const received = parseTraceparent(headers['traceparent']);
  if (typeof received === 'string') return undefined;
  const scope = keepRandomTrace(active, received);
  return scope === active ? undefined : scope;
}

function isTraced(active: Context): boolean {
  const spanContext = trace.getSpanContext(active);
  return spanContext !== undefined && isSpanContextValid(spanContext);
}
