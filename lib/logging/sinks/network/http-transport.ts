import { asOwnTraffic } from '../../../kernel/following/own-traffic.js';
import type { Agent, ClientRequest, IncomingMessage } from 'node:http';
import { withoutTracing } from '../../../kernel/following/active-context.js';
import type { Timers } from '../../../kernel/timers.js';
import { OtlpAgents } from '../../../otlp/agents.js';

/** Request of a network sink. */
export interface ShipRequest {
  readonly method: 'POST' | 'PUT';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** Answer of a receiver. */
export interface ShipAnswer {
  readonly status: number;
  readonly contentType: string;
  /** Header `Retry-After`. */
  readonly retryAfter: string;
  readonly body: Buffer;
}

/** Sends requests. */
export interface ShipTransport {
  /** @throws Error of the system, or of an answer that is too late, too long or not HTTP. */
  send(request: ShipRequest): Promise<ShipAnswer>;
  /** Ends the request under way and closes all connections. */
  close(): void;
}

/** Settings of a {@link HttpTransport}. */
export interface HttpTransportDeps {
  readonly timers: Timers;
  /** Time limit of a request and its answer. */
  readonly timeoutMs: number;
  readonly compression: 'gzip' | 'none';
}

/** Longest answer; a bulk answer names each line. */
const LONGEST_ANSWER = 16_777_216;

/**
 * Sends requests over one connection that stays open. The requests have no spans, and the connection keeps no process
 * alive.
 */
export class HttpTransport implements ShipTransport {
  readonly #deps: HttpTransportDeps;
  readonly #agents = new OtlpAgents();
  #agent: Promise<Agent> | undefined;
  #current: ClientRequest | undefined;

  constructor(deps: HttpTransportDeps) {
    this.#deps = deps;
  }

  /** {@inheritDoc ShipTransport.send} */
  send(request: ShipRequest): Promise<ShipAnswer> {
    return asOwnTraffic(() => withoutTracing(() => this.#send(request)));
  }

  /** {@inheritDoc ShipTransport.close} */
  close(): void {
    this.#current?.destroy(new Error('the sink is closed'));
    this.#agents.end();
  }

  async #send({ method, url, headers, body }: ShipRequest): Promise<ShipAnswer> {
    const { compression, timeoutMs, timers } = this.#deps;
    const { protocol } = new URL(url);
    this.#agent ??= this.#agents.create(protocol);
    const agent = await this.#agent;
    // Loaded at the first request, so that HTTP instrumentation can patch them before.
    const http = protocol === 'http:' ? await import('node:http') : await import('node:https');
    const bytes = compression === 'gzip' ? await gzipped(body) : Buffer.from(body);
    return new Promise((resolve, reject) => {
      const encoding = compression === 'gzip' ? { 'content-encoding': 'gzip' } : {};
      const length = { 'content-length': String(bytes.length) };
      const options = { method, agent, headers: { ...headers, ...encoding, ...length } };
      const request = http.request(url, options);
      const late = () => request.destroy(new Error(`no answer within ${timeoutMs} ms`));
      const cancel = timers.after(timeoutMs, late);
      const end = () => {
        cancel();
        this.#current = undefined;
      };
      this.#current = request;
      request.on('socket', (socket) => socket.unref());
      request.on('error', (error) => (end(), reject(error)));
      request.on('response', (response) => {
        readAnswer(response).then(
          (it) => (end(), resolve(it)),
          (error: unknown) => {
            end();
            request.destroy();
            reject(error as Error);
          },
        );
      });
      request.end(bytes);
    });
  }
}

async function readAnswer(response: IncomingMessage): Promise<ShipAnswer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response) {
    length += (chunk as Buffer).length;
    if (length > LONGEST_ANSWER) throw new Error('the answer is too long');
    chunks.push(chunk as Buffer);
  }
  const { statusCode = 0, headers } = response;
  return {
    status: statusCode,
    contentType: headers['content-type'] ?? '',
    retryAfter: headers['retry-after'] ?? '',
    body: Buffer.concat(chunks),
  };
}

async function gzipped(body: string | Uint8Array): Promise<Uint8Array> {
  const { gzip } = await import('node:zlib');
  return new Promise((resolve, reject) => {
    gzip(body, (error, bytes) => (error === null ? resolve(bytes) : reject(error)));
  });
}
