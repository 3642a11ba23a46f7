import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata } from '@grpc/grpc-js';
import { Controller, Inject, Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import {
  type ClientGrpc,
  ClientsModule,
  GrpcMethod,
  GrpcStreamMethod,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { from, interval, lastValueFrom, map, type Observable, of, take, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { freePort } from '../../system/free-port.js';
import { RecordingSdk } from '../../unit/tracing/span/traced-application.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

const PROTO = `syntax = "proto3";
package shop;
service Orders {
  rpc Find (Order) returns (Order);
  rpc List (Order) returns (stream Order);
  rpc Sum (stream Order) returns (Order);
}
message Order { int32 id = 1; string trace = 2; }
`;

interface Order {
  readonly id: number;
  readonly trace?: string;
}

interface OrdersService {
  find(order: Order, metadata?: Metadata): Observable<Order>;
  list(order: Order): Observable<Order>;
  sum(orders: Observable<Order>): Observable<Order>;
}

@Controller()
class OrdersController {
  @GrpcMethod('Orders', 'Find')
  find({ id }: Order, metadata: Metadata): Order {
    if (id === 400) throw new RpcException('no such order');
    if (id === 404) throw new RpcException({ code: 5, message: 'no such order' });
    if (id === 500) throw new TypeError('broken');
    return { id, trace: String(metadata.get('traceparent')[0] ?? metadata.get('own')[0] ?? '') };
  }

  @GrpcMethod('Orders', 'List')
  list({ id }: Order): Observable<Order> {
    return id === 0 ? interval(5).pipe(map((it) => ({ id: it }))) : from([{ id: 1 }, { id: 2 }]);
  }

  @GrpcStreamMethod('Orders', 'Sum')
  sum(orders: Observable<Order>): Observable<Order> {
    return orders.pipe(
      toArray(),
      map((all) => ({ id: all.reduce((sum, { id }) => sum + id, 0) })),
    );
  }
}

@Injectable()
class Caller implements OnModuleInit {
  orders!: OrdersService;

  constructor(@Inject('ORDERS') private readonly client: ClientGrpc) {}

  onModuleInit(): void {
    this.orders = this.client.getService<OrdersService>('Orders');
  }
}

describe('clients of gRPC', () => {
  const folder = mkdtempSync(join(tmpdir(), 'grpc-'));
  const sdk = new RecordingSdk();
  let application: RunningApplication;
  let orders: OrdersService;

  beforeAll(async () => {
    const protoPath = join(folder, 'orders.proto');
    writeFileSync(protoPath, PROTO);
    const options = { package: 'shop', protoPath, url: `127.0.0.1:${await freePort()}` };
    application = await RunningApplication.start({
      imports: [
        ObservabilityModule.forRoot(),
        ClientsModule.register([{ name: 'ORDERS', transport: Transport.GRPC, options }]),
      ],
      controllers: [OrdersController],
      providers: [Caller],
      configure: (app) => void app.connectMicroservice({ transport: Transport.GRPC, options }),
    });
    await application.app.startAllMicroservices();
    ({ orders } = application.app.get(Caller));
  });
  afterAll(async () => {
    await application?.close();
    sdk.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Finished calls by outcome. */
  async function outcomes(pattern: string, side = 'client') {
    const { text } = await application.get('/metrics');
    const of = (outcome: string) =>
      sampleOf(text, 'eventcore_messages_total', { transport: 'grpc', pattern, side, outcome }) ??
      0;
    return [of('success'), of('rejected'), of('failure')];
  }

  const callsSince = (before: number) =>
    sdk
      .spans()
      .slice(before)
      .filter(({ name }) => name === 'shop.Orders/Find');

  it('Calls are counted by method and outcome, on both sides under one name', async () => {
    await lastValueFrom(orders.find({ id: 1 }));
    for (const id of [400, 404, 500])
      await expect(lastValueFrom(orders.find({ id }))).rejects.toThrow();
    expect(await outcomes('Orders/Find')).toEqual([1, 2, 1]);
    expect(await outcomes('Orders/Find', 'server')).toEqual([1, 2, 1]);
  });

  it('A stream of answers is one call until its end, or until its caller leaves', async () => {
    expect(await lastValueFrom(orders.list({ id: 1 }).pipe(toArray()))).toHaveLength(2);
    await lastValueFrom(orders.list({ id: 0 }).pipe(take(2)));
    expect(await outcomes('Orders/List')).toEqual([2, 0, 0]);
  });

  it('A stream of requests is one call', async () => {
    expect(await lastValueFrom(orders.sum(of({ id: 2 }, { id: 3 })))).toMatchObject({ id: 5 });
    expect(await outcomes('Orders/Sum')).toEqual([1, 0, 0]);
  });

  it('A call that nobody subscribes to is not sent and not counted', async () => {
    orders.sum(of({ id: 1 }));
    expect((await outcomes('Orders/Sum'))[0]).toBe(1);
  });

  it('A call has a CLIENT span, whose context the server receives', async () => {
    const before = sdk.spans().length;
    const { trace } = await lastValueFrom(orders.find({ id: 1 }));
    const [span] = callsSince(before);
    if (span === undefined) throw new Error('no span');
    expect(trace).toContain(span.spanContext().spanId);
    expect(span.kind).toBe(SpanKind.CLIENT);
    expect(span.attributes).toMatchObject({ 'rpc.system': 'grpc', 'rpc.method': 'Find' });
  });

  it('Metadata of the application stays as it is, and the call has the trace beside it', async () => {
    const metadata = new Metadata();
    metadata.set('own', 'mine');
    const { trace } = await lastValueFrom(orders.find({ id: 1 }, metadata));
    expect(trace).toMatch(/^00-/);
    expect(metadata.getMap()).toEqual({ own: 'mine' });
  });

  it('A rejection is no error of its span, and a failure is one', async () => {
    const before = sdk.spans().length;
    for (const id of [404, 500]) await expect(lastValueFrom(orders.find({ id }))).rejects.toThrow();
    const spans = callsSince(before);
    expect(spans.map(({ status }) => status.code)).toEqual([
      SpanStatusCode.UNSET,
      SpanStatusCode.ERROR,
    ]);
    expect(spans.map((it) => it.attributes['rpc.grpc.status_code'])).toEqual([5, 2]);
  });
});
