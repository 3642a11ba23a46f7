import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Capability } from '../../kernel/capability.js';
import type { Clock } from '../../kernel/clock.js';
import type { Faults } from '../../kernel/faults.js';
import { isKnownMethod, OTHER_METHOD } from '../../http/http-method.js';
import { notify } from '../../kernel/hooks.js';
import { isOwnTraffic } from '../../kernel/following/own-traffic.js';
import type { CatalogueNaming } from '../../metrics/recorders/catalogue-instruments.js';
import type { MetricRegistry } from '../../metrics/registry.js';
import { type OriginSeries, OutboundSeries } from './outbound-series.js';

/** Request of undici, which `fetch` uses, with the members that this library reads. */
interface UndiciRequest {
  readonly origin?: unknown;
  readonly method?: unknown;
}

interface Message {
  readonly request?: UndiciRequest | ClientRequest;
  readonly response?: { readonly statusCode?: number } | IncomingMessage;
  readonly error?: unknown;
}

/** Request that has no complete answer yet. */
interface Sent {
  readonly method: string;
  readonly series: OriginSeries;
  readonly startedMs: number;
  status: number | undefined;
}

/** Dependencies of {@link OutboundRequests}. */
export interface OutboundDeps {
  readonly registry: MetricRegistry;
  readonly naming: CatalogueNaming;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Origins that are not observed. */
  readonly exclude: readonly string[];
}

/**
 * Observes the HTTP requests that the process sends by `fetch`, undici and `node:http`, through the channels on which these
 * tell of them. Nothing is patched. A request that ends twice, with an error after its answer, counts once.
 */
export class OutboundRequests implements Capability {
  readonly name = 'outbound_http';
  readonly #deps: OutboundDeps;
  readonly #series: OutboundSeries;
  readonly #open = new WeakMap<object, Sent>();
  readonly #listeners: readonly (readonly [channel: string, listener: (it: unknown) => void])[];

  constructor(deps: OutboundDeps) {
    this.#deps = deps;
    this.#series = new OutboundSeries(deps);
    const on = (channel: string, listen: (message: Message) => void) => {
      const guarded = (message: unknown) =>
        notify(deps.faults, 'http', () => listen(message as Message));
      return [channel, guarded] as const;
    };
    this.#listeners = [
      on('undici:request:create', ({ request }) => this.#began(request, undiciOrigin)),
      on('undici:request:headers', (it) => this.#answered(it)),
      on('undici:request:trailers', ({ request }) => this.#ended(request, true)),
      on('undici:request:error', (it) => this.#ended(it.request, isLeave(it.error))),
      on('http.client.request.start', ({ request }) => this.#began(request, nodeOrigin)),
      on('http.client.response.finish', (it) => this.#receives(it)),
      on('http.client.request.error', ({ request }) => this.#ended(request, false)),
    ];
  }

  /** {@inheritDoc Capability.init} */
  init(): void {
    for (const [channel, listener] of this.#listeners) subscribe(channel, listener);
  }

  /** {@inheritDoc Capability.stop} */
  stop(): void {
    for (const [channel, listener] of this.#listeners) unsubscribe(channel, listener);
  }

  #began(request: Message['request'], originOf: (request: never) => string): void {
    if (request === undefined || isOwnTraffic()) return;
    const series = this.#series.of(originOf(request as never));
    if (series === undefined) return;
    const { method } = request;
    const isKnown = typeof method === 'string' && isKnownMethod(method);
    this.#open.set(request, {
      method: isKnown ? method : OTHER_METHOD,
      series,
      startedMs: this.#deps.clock.monotonicMs(),
      status: undefined,
    });
  }

  #answered({ request, response }: Message): void {
    const sent = request && this.#open.get(request);
    if (sent !== undefined) sent.status = response?.statusCode;
  }

  /** `node:http` tells of an answer when it begins. */
  #receives({ request, response }: Message): void {
    if (request === undefined || !this.#open.has(request)) return;
    this.#answered({ request, ...(response && { response }) });
    const message = response as IncomingMessage;
    afterClose(message, () =>
      notify(this.#deps.faults, 'http', () => {
        // Node.js has an error for every answer that the server breaks off.
        const isLeft = !message.errored || (request as ClientRequest).aborted;
        this.#ended(request, message.complete || isLeft);
      }),
    );
  }

  /** @param isAnswered - False if the request failed, unless it has no status: then it failed anyway. */
  #ended(request: Message['request'], isAnswered: boolean): void {
    const sent = request && this.#open.get(request);
    if (request === undefined || sent === undefined) return;
    this.#open.delete(request);
    const { method, series, startedMs, status } = sent;
    const result = isAnswered && status !== undefined ? String(status) : 'error';
    const seconds = (this.#deps.clock.monotonicMs() - startedMs) / 1_000;
    series.record({ method, status: result, seconds });
  }
}

const closes = new WeakMap<IncomingMessage, (() => void)[]>();

/** One listener for all applications of the process: with a listener of each, Node.js would warn from the eleventh on. */
function afterClose(message: IncomingMessage, callback: () => void): void {
  const known = closes.get(message);
  if (known !== undefined) {
    known.push(callback);
    return;
  }
  const callbacks = [callback];
  closes.set(message, callbacks);
  message.once('close', () => {
    for (const it of callbacks) it();
  });
}

/**
 * Returns true if the application leaves an answer that it needs no more of: it cancels the body, breaks off a loop, aborts
 * without an error of its own, or has let the garbage collector have the answer. A time limit is a TimeoutError.
 */
function isLeave(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return true;
  return (error as { readonly name?: unknown }).name === 'AbortError';
}

function undiciOrigin({ origin }: UndiciRequest): string {
  return String(origin);
}

function nodeOrigin(request: ClientRequest): string {
  const { protocol, host } = request;
  const own = request.getHeader('host');
  return `${protocol}//${typeof own === 'string' ? own : host}`;
}
