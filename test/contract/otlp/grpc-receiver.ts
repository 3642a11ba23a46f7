import * as grpc from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { hexIds, traceServiceProto } from './otlp-protobuf.js';
import { type ExportRequest, type ReceivedSpan, spansOf } from './received-span.js';

/** One call as it arrived. */
export interface ReceivedCall {
  readonly metadata: Readonly<Record<string, grpc.MetadataValue>>;
  readonly request: ExportRequest;
}

interface TraceServicePackage {
  readonly opentelemetry: {
    readonly proto: {
      readonly collector: {
        readonly trace: { readonly v1: { readonly TraceService: grpc.ServiceClientConstructor } };
      };
    };
  };
}

/** An OTLP receiver over gRPC that can misbehave. */
export class GrpcReceiver {
  readonly calls: ReceivedCall[] = [];
  /** Set it to answer with an error; `hang` never answers. */
  fault: Partial<grpc.StatusObject> | 'hang' | undefined;
  readonly #server = new grpc.Server();
  #port = 0;

  /** Listens on a port of the loopback interface. */
  async open(): Promise<this> {
    const definition = loadSync(traceServiceProto, { longs: String, enums: Number });
    const loaded = grpc.loadPackageDefinition(definition) as unknown as TraceServicePackage;
    const { service } = loaded.opentelemetry.proto.collector.trace.v1.TraceService;
    this.#server.addService(service, { Export: this.#export.bind(this) });
    this.#port = await new Promise<number>((resolve, reject) => {
      const credentials = grpc.ServerCredentials.createInsecure();
      this.#server.bindAsync('127.0.0.1:0', credentials, (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get spans(): ReceivedSpan[] {
    return this.calls.flatMap((it) => spansOf(it.request));
  }

  close(): void {
    this.#server.forceShutdown();
  }

  #export(
    call: grpc.ServerUnaryCall<ExportRequest, object>,
    callback: grpc.sendUnaryData<object>,
  ): void {
    const request = hexIds(call.request) as ExportRequest;
    this.calls.push({ metadata: call.metadata.getMap(), request });
    if (this.fault === 'hang') return;
    if (this.fault === undefined) callback(null, {});
    else callback(this.fault);
  }
}
