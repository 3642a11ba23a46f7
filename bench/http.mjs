// What measuring HTTP requests costs a Nest application, beside an empty global interceptor. Rounds of all cases in turn;
// the client runs in a process of its own, and the server's CPU time per request counts, which a busy machine changes less
// than requests per second.
import 'reflect-metadata';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { parseArgs } from 'node:util';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ObservabilityModule } from '@eventcore/nestjs-observability';

const CONNECTIONS = 32;
const WARM_UP_ROUNDS = 4;

/** In the client: sends as many requests as it is told to, one at a time on each connection. */
function sendRequests() {
  const request = 'GET /orders/7 HTTP/1.1\r\nHost: bench\r\n\r\n';
  process.on('message', async ({ port, requests }) => {
    let left = requests;
    const drain = (socket) =>
      new Promise((resolve) => {
        const next = () => {
          if (left-- > 0) socket.write(request);
          else resolve(socket.destroy());
        };
        // An answer this short arrives in one piece.
        socket.on('data', next).on('connect', next);
      });
    await Promise.all(Array.from({ length: CONNECTIONS }, () => drain(connect(port, '127.0.0.1'))));
    process.send('done');
  });
}

class Orders {
  one(id) {
    return { id };
  }
}
const { prototype } = Orders;
Controller('orders')(Orders);
Param('id')(prototype, 'one', 0);
Get(':id')(prototype, 'one', Object.getOwnPropertyDescriptor(prototype, 'one'));

async function start(adapter, { http = false, interceptors = [] }) {
  class BenchModule {}
  const observability = { http, tracing: false, prometheus: false, health: false };
  Module({ imports: [ObservabilityModule.forRoot(observability)], controllers: [Orders] })(
    BenchModule,
  );
  const app = await NestFactory.create(BenchModule, adapter, { logger: false });
  app.useGlobalInterceptors(...interceptors);
  await app.listen(0, '127.0.0.1');
  return { app, port: app.getHttpServer().address().port };
}

async function measure() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '21' },
      requests: { type: 'string', default: '5000' },
    },
  });
  const rounds = Number(values.rounds);
  const requests = Number(values.requests);
  const client = fork(new URL(import.meta.url));
  const empty = { intercept: (_context, next) => next.handle() };
  for (const [platform, makeAdapter] of [
    ['Express', () => new ExpressAdapter()],
    ['Fastify', () => new FastifyAdapter()],
  ]) {
    const cases = {
      plain: await start(makeAdapter(), {}),
      'HTTP metrics': await start(makeAdapter(), { http: {} }),
      'empty interceptor': await start(makeAdapter(), { interceptors: [empty] }),
    };
    report(platform, await runRounds(cases, { client, rounds, requests }));
    await Promise.all(Object.values(cases).map(({ app }) => app.close()));
  }
  client.disconnect();
}

async function runRounds(cases, { client, rounds, requests }) {
  const results = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (const [name, { port }] of Object.entries(cases)) {
      const before = process.cpuUsage();
      client.send({ port, requests });
      await once(client, 'message');
      const { user, system } = process.cpuUsage(before);
      if (round >= 0) results[name].push((user + system) / requests);
    }
  }
  return results;
}

function report(platform, results) {
  const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
  const { plain } = results;
  console.table(
    Object.entries(results).map(([name, us]) => ({
      platform,
      case: name,
      'CPU µs per request': Number(median(us).toFixed(1)),
      'requests per second, of plain': Number(median(us.map((it, i) => plain[i] / it)).toFixed(3)),
    })),
  );
}

if (process.send === undefined) await measure();
else sendRequests();
