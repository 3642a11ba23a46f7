import {
  createServer,
  type IncomingHttpHeaders,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';

/** Request as the receiver got it. */
export interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  /** Body, unpacked. */
  readonly body: Buffer;
  /** Bytes on the wire. */
  readonly wire: Buffer;
}

/** Answers a request. */
type Answer = (request: Received, response: ServerResponse) => void;

/** An HTTP server that keeps what it gets. */
export class StrictReceiver {
  readonly requests: Received[] = [];
  #server: Server | undefined;
  #port = 0;

  constructor(public answer: Answer) {}

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens, at the same port as before. */
  async start(): Promise<this> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (it: Buffer) => chunks.push(it));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const wire = Buffer.concat(chunks);
        const body = headers['content-encoding'] === 'gzip' ? gunzipSync(wire) : wire;
        const received = { method, url, headers, body, wire };
        this.requests.push(received);
        this.answer(received, response);
      });
    });
    this.#server = server;
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  /** Closes every connection and the port. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

export function answerJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

/** One document of a bulk request. */
export interface BulkDocument {
  readonly index: string;
  readonly id: string;
  readonly source: Record<string, unknown>;
}

/** Parses a bulk request as Elasticsearch does: pairs of lines, the last one with its line break. */
export function bulkDocuments({ headers, body }: Received): BulkDocument[] {
  if (headers['content-type'] !== 'application/x-ndjson') throw new Error('406: content type');
  const text = body.toString();
  if (!text.endsWith('\n'))
    throw new Error('400: the bulk request must be terminated by a newline');
  const lines = text.slice(0, -1).split('\n');
  if (lines.length % 2 !== 0) throw new Error('400: an action without its document');
  const documents: BulkDocument[] = [];
  for (let i = 0; i < lines.length; i += 2) {
    const action = JSON.parse(lines[i]!) as { create?: { _index: string; _id: string } };
    const names = Object.keys(action);
    if (names.length !== 1 || action.create === undefined)
      throw new Error(`400: action ${names.join()}`);
    const { _index: index, _id: id } = action.create;
    if (!/^[a-z0-9][a-z0-9._-]*$/.test(index)) throw new Error(`400: index ${index}`);
    documents.push({ index, id, source: JSON.parse(lines[i + 1]!) as Record<string, unknown> });
  }
  return documents;
}

/** Elasticsearch: ids are unique, and a refusal is given by `statusOf`. */
export class BulkStore {
  readonly documents = new Map<string, BulkDocument>();
  conflicts = 0;
  statusOf: (document: BulkDocument) => number = () => 201;

  readonly answer: Answer = (request, response) => {
    if (request.method === 'PUT') return answerJson(response, 200, { acknowledged: true });
    const items = bulkDocuments(request).map((it) => ({ create: this.#store(it) }));
    answerJson(response, 200, {
      took: 1,
      errors: items.some((it) => it.create.status > 299),
      items,
    });
  };

  get messages(): unknown[] {
    return [...this.documents.values()].map(({ source }) => source['message']);
  }

  #store(document: BulkDocument): { status: number; error?: object } {
    const key = `${document.index}/${document.id}`;
    if (this.documents.has(key)) {
      this.conflicts++;
      return {
        status: 409,
        error: { type: 'version_conflict_engine_exception', reason: 'exists' },
      };
    }
    const status = this.statusOf(document);
    if (status >= 300) {
      const type =
        status === 400 ? 'document_parsing_exception' : 'es_rejected_execution_exception';
      return { status, error: { type, reason: `hunter2 in ${JSON.stringify(document.source)}` } };
    }
    this.documents.set(key, document);
    return { status };
  }
}

/** One stream of a push request. */
export interface LokiStream {
  readonly stream: Record<string, string>;
  readonly values: [string, string, Record<string, string>?][];
}

/** Parses a push request as Loki does: names of labels, times in nanoseconds as texts, metadata of texts. */
export function lokiStreams({ headers, body }: Received): LokiStream[] {
  if (headers['content-type'] !== 'application/json') throw new Error('400: content type');
  const { streams } = JSON.parse(body.toString()) as { streams: LokiStream[] };
  const seen = new Set<string>();
  for (const { stream, values } of streams) {
    const names = Object.keys(stream);
    if (names.length === 0 || names.length > 15) throw new Error('400: number of labels');
    if (names.some((it) => !/^[a-zA-Z_]\w*$/.test(it)))
      throw new Error(`400: labels ${names.join()}`);
    if (Object.values(stream).some((it) => typeof it !== 'string'))
      throw new Error('400: label value');
    const key = JSON.stringify(Object.entries(stream).sort());
    if (seen.has(key)) throw new Error('two streams with the same labels');
    seen.add(key);
    let last = 0n;
    for (const [time, text, metadata = {}] of values) {
      if (typeof time !== 'string' || !/^\d{19}$/.test(time)) throw new Error(`400: time ${time}`);
      if (typeof text !== 'string') throw new Error('400: line');
      if (Object.values(metadata).some((it) => typeof it !== 'string'))
        throw new Error('400: metadata');
      if (BigInt(time) < last) throw new Error('entry out of order');
      last = BigInt(time);
    }
  }
  return streams;
}
