import { fileURLToPath } from 'node:url';
import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

const PROTO = fileURLToPath(new URL('proto/streams.proto', import.meta.url));

interface StreamsPackage {
  readonly event_store: {
    readonly client: { readonly streams: { readonly Streams: grpc.ServiceClientConstructor } };
  };
}

interface Identifier {
  readonly streamName: Buffer;
}

interface ProposedMessage {
  readonly id: object;
  readonly metadata: Readonly<Record<string, string>>;
  readonly customMetadata: Buffer;
  readonly data: Buffer;
}

interface AppendOptions {
  readonly streamIdentifier: Identifier;
  readonly expectedStreamRevision: 'revision' | 'noStream' | 'any' | 'streamExists';
  readonly revision?: string;
}

interface AppendReq {
  readonly options?: AppendOptions;
  readonly proposedMessage?: ProposedMessage;
}

interface ReadReq {
  readonly options: {
    readonly streamOption: 'stream' | 'all';
    readonly stream?: { readonly streamIdentifier: Identifier };
    readonly countOption: 'count' | 'subscription';
    readonly count?: string;
  };
}

interface Recorded extends ProposedMessage {
  readonly stream: string;
  readonly revision: number;
  readonly position: number;
}

type ReadCall = grpc.ServerWritableStream<ReadReq, object>;
type AppendCall = grpc.ServerReadableStream<AppendReq, object>;

/** KurrentDB as its client sees it: streams in memory behind the real protocol. */
export class KurrentDouble {
  readonly #server = new grpc.Server();
  readonly #events: Recorded[] = [];
  readonly #subscriptions = new Set<ReadCall>();
  #port = 0;

  /** Listens on a port of the loopback interface. */
  async open(): Promise<this> {
    const loaded = grpc.loadPackageDefinition(
      loadSync(PROTO, { longs: String, oneofs: true }),
    ) as unknown as StreamsPackage;
    this.#server.addService(loaded.event_store.client.streams.Streams.service, {
      Read: (call: ReadCall) => this.#read(call),
      Append: (call: AppendCall, answer: grpc.sendUnaryData<object>) => this.#append(call, answer),
    });
    this.#port = await new Promise<number>((resolve, reject) => {
      const credentials = grpc.ServerCredentials.createInsecure();
      this.#server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
    return this;
  }

  get url(): string {
    return `kurrentdb://127.0.0.1:${this.#port}?tls=false`;
  }

  /** Breaks all subscriptions off. */
  dropSubscriptions(): void {
    for (const call of this.#subscriptions) {
      call.emit('error', { code: grpc.status.UNAVAILABLE, details: 'dropped' });
    }
  }

  close(): void {
    this.#server.forceShutdown();
  }

  #append(call: AppendCall, answer: grpc.sendUnaryData<object>): void {
    const requests: AppendReq[] = [];
    call.on('data', (request: AppendReq) => requests.push(request));
    call.on('end', () => answer(null, this.#appended(requests)));
  }

  #appended(requests: readonly AppendReq[]): object {
    const options = requests[0]?.options as AppendOptions;
    const stream = options.streamIdentifier.streamName.toString();
    const current = this.#events.filter((it) => it.stream === stream).length - 1;
    if (!isExpected(options, current)) {
      const expectedRevision = options.revision ?? '0';
      return { wrongExpectedVersion: { currentRevision: current, expectedRevision } };
    }
    const messages = requests.flatMap(({ proposedMessage }) => proposedMessage ?? []);
    messages.forEach((message, i) => {
      const position = this.#events.length;
      this.#events.push({ ...message, stream, revision: current + 1 + i, position });
    });
    return { success: { currentRevision: current + messages.length, noPosition: {} } };
  }

  #read(call: ReadCall): void {
    const { options } = call.request;
    const stream = options.stream?.streamIdentifier.streamName.toString();
    const found = this.#events.filter((it) => stream === undefined || it.stream === stream);
    const isSubscription = options.countOption === 'subscription';
    if (isSubscription) call.write({ confirmation: { subscriptionId: 'one' } });
    else if (found.length === 0) {
      call.write({ streamNotFound: options.stream });
    }
    const count = isSubscription ? found.length : Number(options.count);
    for (const event of found.slice(0, count)) call.write({ event: { event: recorded(event) } });
    if (isSubscription) this.#subscriptions.add(call);
    else call.end();
  }
}

function isExpected(options: AppendOptions, current: number): boolean {
  switch (options.expectedStreamRevision) {
    case 'noStream':
      return current === -1;
    case 'streamExists':
      return current >= 0;
    case 'revision':
      return Number(options.revision) === current;
    case 'any':
      return true;
  }
}

function recorded(event: Recorded): object {
  const { id, stream, revision, position, metadata, customMetadata, data } = event;
  return {
    id,
    streamIdentifier: { streamName: Buffer.from(stream) },
    streamRevision: revision,
    preparePosition: position,
    commitPosition: position,
    metadata: { ...metadata, created: '17000000000000000' },
    customMetadata,
    data,
  };
}
