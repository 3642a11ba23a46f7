import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { gunzipSync } from 'node:zlib';
import { decodeRequest, encodeResponse } from './otlp-protobuf.js';
import { type ExportRequest, type ReceivedSpan, spansOf } from './received-span.js';

/** One request as it arrived. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Uncompressed. */
  readonly body: Buffer;
}

/** Answers a request in place of the receiver. */
export type Answer = (response: ServerResponse, request: ReceivedRequest) => void;

/** An OTLP receiver over HTTP, for JSON and protobuf, that can misbehave. */
export class HttpReceiver {
  readonly requests: ReceivedRequest[] = [];
  /** Set it to misbehave; `undefined` takes the spans. */
  answer: Answer | undefined;
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => void this.#receive(request, response));
  }

  /** Listens on a port of the loopback interface. */
  async open(port = 0): Promise<this> {
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Every span of every OTLP request, whether it was answered well or not. */
  get spans(): ReceivedSpan[] {
    return this.requests.flatMap((it) => spansOf(decode(it)));
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const raw = Buffer.concat(chunks);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(raw) : raw;
    const received = { path: request.url ?? '', headers: request.headers, body };
    this.requests.push(received);
    (this.answer ?? take)(response, received);
  }
}

function decode({ headers, body }: ReceivedRequest): ExportRequest {
  return isJson(headers) ? (JSON.parse(body.toString()) as ExportRequest) : decodeRequest(body);
}

function isJson(headers: IncomingHttpHeaders): boolean {
  return headers['content-type']?.startsWith('application/json') ?? false;
}

function take(response: ServerResponse, { headers }: ReceivedRequest): void {
  response.setHeader('content-type', headers['content-type'] ?? 'application/x-protobuf');
  response.end(isJson(headers) ? '{}' : encodeResponse());
}
