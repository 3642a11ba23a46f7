import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { RunningApplication } from './running-application.js';
import { clock } from './work-of-jobs.js';

/** Gateway of the work. */
@WebSocketGateway({ path: '/live' })
export class LiveGateway {
  @SubscribeMessage('watch')
  watch(): { event: string; data: string } {
    clock.advance(20);
    return { event: 'watched', data: 'yes' };
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
}
