// One application that answers over HTTP, TCP, GraphQL and socket.io.
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { Controller, type DynamicModule, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Args, GraphQLModule, Int, Query, Resolver } from '@nestjs/graphql';
import { ClientProxyFactory, MessagePattern, Payload, Transport } from '@nestjs/microservices';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import type { AddressInfo, Server } from 'node:net';
import { firstValueFrom } from 'rxjs';
import { io } from 'socket.io-client';
import type { Trial } from './main.js';
import { LOAD, Orders, shop } from './shop.js';

@Controller()
class OrderMessages {
  constructor(private readonly orders: Orders) {}

  @MessagePattern('place')
  place(@Payload() order: { sku: string }): Promise<number> {
    return this.orders.place(order);
  }
}

@WebSocketGateway()
class OrderEvents {
  constructor(private readonly orders: Orders) {}

  @SubscribeMessage('place')
  place(_client: unknown, order: { sku: string }): Promise<number> {
    return this.orders.place(order);
  }
}

@Resolver()
class OrderResolver {
  constructor(private readonly orders: Orders) {}

  @Query(() => Int)
  placed(@Args('sku', { type: () => String }) sku: string): number {
    return this.orders.count(sku);
  }
}

const servers: (() => Server)[] = [];

export const trial: Trial = {
  requests: [...LOAD, 'POST /graphql {"query":"{placed(sku:\\"hat\\")}"}'],
  create: async (imports: DynamicModule[]) => {
    @Module({
      controllers: [...shop.controllers, OrderMessages],
      providers: [...shop.providers, OrderEvents, OrderResolver],
      imports: [
        ...imports,
        GraphQLModule.forRoot<ApolloDriverConfig>({ driver: ApolloDriver, autoSchemaFile: true }),
      ],
    })
    class AppModule {}
    const app = await NestFactory.create(AppModule, { logger: ['error'] });
    const transport = Transport.TCP as const;
    const tcp = app.connectMicroservice(
      { transport, options: { host: '127.0.0.1', port: 0 } },
      { inheritAppConfig: true },
    );
    servers.push(() => tcp.unwrap<Server>());
    await app.startAllMicroservices();
    return app;
  },
  work: async (url) => {
    const { port } = servers[0]?.().address() as AddressInfo;
    const options = { host: '127.0.0.1', port };
    const client = ClientProxyFactory.create({ transport: Transport.TCP, options });
    const overTcp = await firstValueFrom(client.send<number>('place', { sku: 'hat' }));
    await client.close();
    const socket = io(url, { transports: ['websocket'] });
    const overSocket: unknown = await socket.emitWithAck('place', { sku: 'hat' });
    socket.disconnect();
    return { overTcp, overSocket };
  },
};
