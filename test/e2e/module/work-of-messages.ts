import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { GraphQLModule } from '@nestjs/graphql';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { once } from 'node:events';
import { connect } from 'node:net';
import { WebSocket } from 'ws';
import type { RunningApplication } from './running-application.js';
import { hold } from './held-work.js';
import { clock } from './work-of-jobs.js';

/** Module with an operation that succeeds and one that fails, since it has no value. */
export const graphqlModule = GraphQLModule.forRoot<ApolloDriverConfig>({
  driver: ApolloDriver,
  typeDefs: 'type Query { ping: Int, pong: Int! }',
  graphiql: false,
});

/** Gateway of the work. */
@WebSocketGateway({ path: '/live' })
export class LiveGateway {
  @SubscribeMessage('watch')
  watch(): { event: string; data: string } {
    clock.advance(20);
    return { event: 'watched', data: 'yes' };
  }

  @SubscribeMessage('hold')
  async hold(): Promise<void> {
    await hold();
  }

  @SubscribeMessage('break')
  break(): { event: string; data: string } {
    throw new RangeError('broken');
  }
}

/** Sends messages, one of which fails. The client stays connected until the application closes. */
export async function sendMessages({ url }: RunningApplication): Promise<void> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/live`);
  await once(socket, 'open');
  socket.send(JSON.stringify({ event: 'break' }));
  socket.send(JSON.stringify({ event: 'watch' }));
  await once(socket, 'message');
  const headers = { 'content-type': 'application/json' };
  for (const query of ['query Ping { ping }', 'query Pong { pong }']) {
    const body = JSON.stringify({ query });
    await (await fetch(`${url}/graphql`, { method: 'POST', headers, body })).text();
  }
  // A client that breaks its connection.
  const { hostname, port } = new URL(url);
  const broken = connect(Number(port), hostname);
  await once(broken, 'connect');
  broken.write('GET / HTTP/1.1\r\n');
  await new Promise((resolve) => setImmediate(resolve));
  broken.resetAndDestroy();
}
