import * as grpc from '@grpc/grpc-js';
import type { OtlpProtocol } from '../../../lib/exporters/otlp/index.js';
import type { TargetState } from '../../../lib/testing/index.js';
import { HttpReceiver } from '../otlp/http-receiver.js';
import { decodeJsonMetrics, decodeMetrics } from './metrics-protobuf.js';
import { pointsOf, type ReceivedPoint } from './received-points.js';

/** `dying`: it takes a request, and nobody hears of it. */
export type ReceiverState = TargetState | 'dying';

/** A receiver of OTLP metrics of any protocol. It can be restarted on its port, and refuse or hang. */
export interface MetricsReceiver {
  readonly url: string;
  /** The points of each request that was taken. */
  readonly taken: readonly (readonly ReceivedPoint[])[];
  /** Headers or metadata of the last request. */
  readonly headers: Readonly<Record<string, unknown>>;
  state: ReceiverState;
  restart(): Promise<void>;
  close(): Promise<void>;
}

export function openReceiver(protocol: OtlpProtocol): Promise<MetricsReceiver> {
  return protocol === 'grpc' ? GrpcMetricsReceiver.open() : HttpMetricsReceiver.open();
}

/** Over HTTP, for protobuf and JSON. */
export class HttpMetricsReceiver implements MetricsReceiver {
  readonly taken: ReceivedPoint[][] = [];
  state: ReceiverState = 'taking';
  headers = {};
  http = new HttpReceiver();
  #port = 0;

  static async open(): Promise<HttpMetricsReceiver> {
    const receiver = new HttpMetricsReceiver();
    await receiver.#listen();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async restart(): Promise<void> {
    await this.close();
    this.http = new HttpReceiver();
    await this.#listen();
  }

  async close(): Promise<void> {
    await this.http.close();
  }

  async #listen(): Promise<void> {
    await this.http.open(this.#port);
    this.#port = this.http.port;
    this.http.answer = (response, { headers, body, path }) => {
      this.headers = headers;
      if (this.state === 'hanging') return;
      if (this.state === 'refusing' || path !== '/v1/metrics') {
        response.writeHead(400).end();
        return;
      }
      const isJson = headers['content-type'] === 'application/json';
      this.taken.push(pointsOf(isJson ? decodeJsonMetrics(body) : decodeMetrics(body)));
      if (this.state === 'dying') {
        response.destroy();
        return;
      }
      response.end(isJson ? '{}' : '');
    };
  }
}

/** Over gRPC. */
class GrpcMetricsReceiver implements MetricsReceiver {
  readonly taken: ReceivedPoint[][] = [];
  state: ReceiverState = 'taking';
  headers = {};
  #server = new grpc.Server();
  #port = 0;

  static async open(): Promise<GrpcMetricsReceiver> {
    const receiver = new GrpcMetricsReceiver();
    await receiver.#listen();
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async restart(): Promise<void> {
    await this.close();
    this.#server = new grpc.Server();
    await this.#listen();
  }

  async close(): Promise<void> {
    this.#server.forceShutdown();
  }

  async #listen(): Promise<void> {
    const method: grpc.MethodDefinition<Buffer, Buffer> = {
      path: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
      requestStream: false,
      responseStream: false,
      requestSerialize: (it) => it,
      requestDeserialize: (it) => it,
      responseSerialize: (it) => it,
      responseDeserialize: (it) => it,
    };
    this.#server.addService({ Export: method }, { Export: this.#export.bind(this) });
    this.#port = await new Promise<number>((resolve, reject) => {
      const credentials = grpc.ServerCredentials.createInsecure();
      this.#server.bindAsync(`127.0.0.1:${this.#port}`, credentials, (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
  }

  #export(call: grpc.ServerUnaryCall<Buffer, Buffer>, callback: grpc.sendUnaryData<Buffer>): void {
    this.headers = call.metadata.getMap();
    if (this.state === 'hanging') return;
    if (this.state === 'refusing') {
      callback({ code: grpc.status.INVALID_ARGUMENT, details: 'no' });
      return;
    }
    this.taken.push(pointsOf(decodeMetrics(call.request)));
    if (this.state === 'dying') {
      callback({ code: grpc.status.UNAVAILABLE, details: 'gone' });
      return;
    }
    callback(null, Buffer.alloc(0));
  }
}
