import { once } from 'node:events';
import {
  createServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2';
import { gunzipSync } from 'node:zlib';
import { decodeRequest } from './otlp-protobuf.js';
import { type ReceivedSpan, spansOf } from './received-span.js';

/** A gRPC message as it travelled. */
export interface RawCall {
  readonly headers: IncomingHttpHeaders;
  /** The first byte of the message says so. */
  readonly isCompressed: boolean;
  readonly spans: readonly ReceivedSpan[];
}

const PREFIX_LENGTH = 5;

/**
 * Takes gRPC calls without a gRPC library, to see what a library hides: how the message was encoded.
 * Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
 */
export class RawGrpcReceiver {
  readonly calls: RawCall[] = [];
  readonly #server: Http2Server = createServer();
  readonly #streams = new Set<ServerHttp2Stream>();

  /** Listens on a port of the loopback interface. */
  async open(): Promise<this> {
    this.#server.on('stream', (stream, headers) => void this.#receive(stream, headers));
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as { port: number }).port}`;
  }

  async close(): Promise<void> {
    for (const it of this.#streams) it.session?.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #receive(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): Promise<void> {
    this.#streams.add(stream);
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    const frame = Buffer.concat(chunks);
    const isCompressed = frame[0] === 1;
    const message = frame.subarray(PREFIX_LENGTH);
    const spans = spansOf(decodeRequest(isCompressed ? gunzipSync(message) : message));
    this.calls.push({ headers, isCompressed, spans });
    stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(Buffer.alloc(PREFIX_LENGTH));
  }
}
