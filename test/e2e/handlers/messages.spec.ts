import { BadRequestException, Controller, Logger, Module } from '@nestjs/common';
import {
  type ClientProxy,
  ClientProxyFactory,
  EventPattern,
  MessagePattern,
  RpcException,
  Transport,
} from '@nestjs/microservices';
import { WsAdapter } from '@nestjs/platform-ws';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { once } from 'node:events';
import { firstValueFrom, type Observable, of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Command, ObservabilityModule, Projection, Query } from '../../../lib/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { freePort } from '../../system/free-port.js';
import { poll } from '../../system/poll.js';
import { RunningApplication } from '../module/running-application.js';

Logger.overrideLogger(false);

@Controller()
class OrdersRpc {
  @MessagePattern('place')
  @Command('PlaceOrder')
  async place(order: { item?: string }): Promise<string> {
    if (order.item === undefined) throw new RpcException('no item');
    if (order.item === 'mud') throw new RangeError('mud');
    if (order.item === 'banned') throw new BadRequestException();
    return `placed ${order.item}`;
  }

  @Query('FindOrders')
  @MessagePattern('find')
  find(): Observable<string> {
    return of('a', 'b');
  }

  @EventPattern('order.placed')
  @Projection('OrderList')
  apply(_event: unknown): void {}
}

@WebSocketGateway()
class OrdersGateway {
  @SubscribeMessage('cancel')
  @Command('CancelOrder')
  async cancel(): Promise<object> {
    return { event: 'cancelled', data: 'yes' };
  }
}

@Module({
  imports: [ObservabilityModule.forRoot()],
  controllers: [OrdersRpc],
  providers: [OrdersGateway],
})
class AppModule {}

describe('handlers of messages in a hybrid application', () => {
  let application: RunningApplication;
  let client: ClientProxy;

  beforeAll(async () => {
    const port = await freePort();
    application = await RunningApplication.start({
      imports: [AppModule],
      configure: (app) => {
        app.useWebSocketAdapter(new WsAdapter(app));
        app.connectMicroservice({ transport: Transport.TCP, options: { port, host: '127.0.0.1' } });
      },
    });
    await application.app.startAllMicroservices();
    client = ClientProxyFactory.create({
      transport: Transport.TCP,
      options: { port, host: '127.0.0.1' },
    });
  });

  afterAll(async () => {
    await client.close();
    await application.close();
  });

  const scrape = async () => (await application.get('/metrics')).text;

  it('Handlers of messages in a hybrid application of a microservice are commands, queries and projections by their decorators', async () => {
    expect(await firstValueFrom(client.send('place', { item: 'mug' }))).toBe('placed mug');
    for (const order of [{}, { item: 'banned' }, { item: 'mud' }])
      await expect(firstValueFrom(client.send('place', order))).rejects.toBeDefined();
    await firstValueFrom(client.send('find', {}));
    client.emit('order.placed', {});
    const text = await poll(
      async () => {
        const it = await scrape();
        const applied = sampleOf(it, 'eventcore_projection_events_processed_total', {
          mode: 'live',
        });
        return applied === 1 ? it : undefined;
      },
      { what: 'an event that was handled', timeoutMs: 5000 },
    );
    const command = { command_type: 'PlaceOrder' };
    expect(sampleOf(text, 'eventcore_commands_succeeded_total', command)).toBe(1);
    expect(sampleOf(text, 'eventcore_command_errors_total', command)).toBe(1);
    expect(sampleOf(text, 'eventcore_commands_rejected_total', command)).toBe(2);
    expect(sampleOf(text, 'eventcore_queries_total', { query_type: 'FindOrders' })).toBe(1);
    const error = { source: 'command', error_type: 'RangeError', category: 'permanent' };
    expect(sampleOf(text, 'eventcore_errors_total', error)).toBe(1);
    expect(text).not.toContain('eventcore_api_requests_total{');
  });

  it('Handlers of messages in a hybrid application of a gateway are commands by their decorator', async () => {
    const socket = new WebSocket(application.url.replace('http', 'ws'));
    await once(socket, 'open');
    socket.send(JSON.stringify({ event: 'cancel', data: {} }));
    const [answer] = (await once(socket, 'message')) as [Buffer];
    expect(JSON.parse(answer.toString())).toEqual({ event: 'cancelled', data: 'yes' });
    socket.close();
    await once(socket, 'close');
    const text = await scrape();
    const command = { command_type: 'CancelOrder' };
    expect(sampleOf(text, 'eventcore_commands_succeeded_total', command)).toBe(1);
    expect(text).not.toContain('eventcore_requests_concurrent{');
  });
});
