// Nest applications under test, two of a pair in one process: what the compiler makes of one it makes of the other, while
// two processes that do the same differ by five percent and more.
import 'reflect-metadata';
import { Controller, Get, Inject, Injectable, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Command, ObservabilityModule } from '@eventcore/nestjs-observability';
import { decorate } from './observed-application.mjs';

const adapters = { Express: ExpressAdapter, Fastify: FastifyAdapter };

const variants = {
  bare: {},
  ours: { decorators: [Command('PlaceOrder')], imports: () => [ObservabilityModule.forRoot()] },
  'HTTP metrics alone': {
    imports: () => [
      ObservabilityModule.forRoot({ tracing: false, prometheus: false, health: false }),
    ],
  },
  'empty interceptor': {
    interceptors: async () => [{ intercept: (_context, next) => next.handle() }],
  },
  'peer stack': {
    peer: true,
    interceptors: async () => {
      const { HttpMetricsByHand } = await import('./http-peer.mjs');
      return [new HttpMetricsByHand()];
    },
  },
  // Sends to a collector of the bench what it sends to its makers otherwise.
  'nestjs-observe': {
    observe: async (endpoint) => {
      const { createObserveModule } = await import('@nestjs/observe');
      const { ObserveModule, ObserveInstrument } = createObserveModule();
      const account = { appKey: 'bench', appSecret: 'bench', serviceId: 'bench', endpoint };
      return { module: ObserveModule.forRoot(account), instrument: ObserveInstrument };
    },
  },
};

function handlerClass(decorators) {
  class Orders {
    async place(order) {
      return { id: order };
    }
  }
  decorate(Orders, 'place', ...decorators);
  Injectable()(Orders);
  return Orders;
}

async function start({ platform, variant, collector }) {
  const { peer, decorators = [], imports = () => [], interceptors, observe } = variants[variant];
  const observed = await observe?.(collector);
  const Orders = peer ? (await import('./http-peer.mjs')).PeerOrders : handlerClass(decorators);
  class OrdersController {
    constructor(orders) {
      this.orders = orders;
    }

    one(id) {
      return this.orders.place(id);
    }
  }
  const { prototype } = OrdersController;
  Inject(Orders)(OrdersController, undefined, 0);
  Param('id')(prototype, 'one', 0);
  Get(':id')(prototype, 'one', Object.getOwnPropertyDescriptor(prototype, 'one'));
  Controller('orders')(OrdersController);
  class BenchModule {}
  Module({
    imports: [...imports(), ...(observed ? [observed.module] : [])],
    controllers: [OrdersController],
    providers: [Orders],
  })(BenchModule);
  const app = await NestFactory.create(BenchModule, new adapters[platform](), {
    logger: false,
    ...(observed && { instrument: observed.instrument }),
  });
  app.useGlobalInterceptors(...((await interceptors?.()) ?? []));
  // The connections stay, however long the others take their turns.
  app.getHttpServer().keepAliveTimeout = 0;
  await app.listen(0, '127.0.0.1');
  return app.getHttpServer().address().port;
}

let before;

const answers = {
  start,
  begin: () => {
    before = { usage: process.cpuUsage(), heap: process.memoryUsage().heapUsed };
  },
  end: () => {
    const { user, system } = process.cpuUsage(before.usage);
    return { cpuNs: (user + system) * 1000, heap: process.memoryUsage().heapUsed - before.heap };
  },
};

process.on('message', async ({ ask, options }) => {
  process.send({ answer: await answers[ask](options) });
});
