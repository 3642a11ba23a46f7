import { type CanActivate, UseGuards } from '@nestjs/common';
import { IoAdapter } from '@nestjs/platform-socket.io';
import { WsAdapter } from '@nestjs/platform-ws';
import {
  ConnectedSocket,
  MessageBody,
  SubscribeMessage,
  WebSocketGateway,
  WsException,
} from '@nestjs/websockets';
import { WebSocket } from 'ws';
import { io, type Socket } from 'socket.io-client';
import { delay, from, NEVER, type Observable, throwError } from 'rxjs';
import { concatMap, of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { poll } from '../../system/poll.js';
import { RunningApplication } from '../module/running-application.js';

class Denied implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

class Chat {
  connected = 0;
  handleConnection(): void {
    this.connected++;
  }
  @SubscribeMessage('say')
  say(@MessageBody() text: string): { event: string; data: string } {
    return { event: 'said', data: text };
  }
  @SubscribeMessage('ask')
  async ask(@MessageBody() text: string): Promise<string> {
    return `answer to ${text}`;
  }
  @SubscribeMessage('throws')
  throws(): never {
    throw new RangeError('sync');
  }
  @SubscribeMessage('rejects')
  async rejects(): Promise<never> {
    throw new SyntaxError('async');
  }
  @SubscribeMessage('refuses')
  refuses(): never {
    throw new WsException('no');
  }
  @SubscribeMessage('several')
  several(): Observable<unknown> {
    return from([1, 2, 3]).pipe(concatMap((data) => of({ event: 'said', data }).pipe(delay(1))));
  }
  @SubscribeMessage('broken')
  broken(): Observable<unknown> {
    return throwError(() => new RangeError('mid'));
  }
  @SubscribeMessage('denied')
  @UseGuards(Denied)
  denied(): string {
    return 'never';
  }
  @SubscribeMessage('forever')
  forever(@ConnectedSocket() _client: unknown): Observable<unknown> {
    return NEVER;
  }
}

@WebSocketGateway({ namespace: 'chat' })
class ChatGateway extends Chat {}

/** Shares the namespace, so that each connection reaches both gateways. */
@WebSocketGateway({ namespace: 'chat' })
class AlsoChatGateway {
  @SubscribeMessage('say')
  say(): void {}
}

@WebSocketGateway()
class RootGateway {}

@WebSocketGateway({ path: '/live' })
class LiveGateway extends Chat {}

const started: RunningApplication[] = [];
afterAll(async () => {
  for (const it of started) await it.close();
});

async function start(gateways: (new () => object)[], Adapter: typeof IoAdapter | typeof WsAdapter) {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot()],
    providers: gateways,
    configure: (app) => void app.useWebSocketAdapter(new Adapter(app)),
  });
  started.push(application);
  return application;
}

function reader(application: RunningApplication) {
  const page = async () => (await application.get('/metrics')).text;
  const connections = async (namespace: string) =>
    sampleOf(await page(), 'eventcore_websocket_connections', { namespace });
  const counts = async (pattern: string) => {
    const text = await page();
    const labels = { transport: 'websocket', pattern, side: 'server' };
    return ['success', 'rejected', 'failure'].map((outcome) =>
      sampleOf(text, 'eventcore_messages_total', { ...labels, outcome }),
    );
  };
  const until = async (pattern: string, expected: number[]) => {
    const isSo = async () => String(await counts(pattern)) === String(expected) || undefined;
    await poll(isSo, { what: `${pattern} ${expected}`, timeoutMs: 5_000 });
  };
  const untilOpen = (namespace: string, open: number) =>
    poll(async () => (await connections(namespace)) === open || undefined, {
      what: `${open} connections`,
      timeoutMs: 5_000,
    });
  return { page, connections, counts, until, untilOpen };
}

describe('gateways of Socket.IO', () => {
  let application: RunningApplication;
  let observed: ReturnType<typeof reader>;
  const sockets: Socket[] = [];
  const connect = async (namespace = '') => {
    const socket = io(application.url + namespace, { transports: ['websocket'], forceNew: true });
    sockets.push(socket);
    await new Promise<void>((resolve) => socket.on('connect', resolve));
    return socket;
  };

  beforeAll(async () => {
    application = await start([ChatGateway, AlsoChatGateway, RootGateway], IoAdapter);
    observed = reader(application);
  });
  afterAll(() => {
    for (const it of sockets) it.disconnect();
  });

  it('A connection counts once in its namespace, however many gateways share it', async () => {
    await connect('/chat');
    await connect('/chat');
    await connect();
    await observed.untilOpen('/chat', 2);
    expect(await observed.connections('/')).toBe(1);
    expect(application.app.get(ChatGateway).connected).toBe(2);
  });

  it('Clients that disconnect in a burst are no longer connected', async () => {
    await Promise.all(Array.from({ length: 20 }, () => connect('/chat')));
    await observed.untilOpen('/chat', 22);
    for (const it of sockets.splice(0)) it.disconnect();
    await observed.untilOpen('/chat', 0);
    await observed.untilOpen('/', 0);
    expect(await observed.connections('/chat')).toBe(0);
  });

  it('Messages count once per gateway by the outcome that the error of the handler has', async () => {
    const socket = await connect('/chat');
    expect(await socket.emitWithAck('ask', 'why')).toBe('answer to why');
    for (const it of ['say', 'throws', 'rejects', 'refuses', 'several', 'broken', 'denied'])
      socket.emit(it, 'x');
    await observed.until('ask', [1, 0, 0]);
    // Two gateways handle it.
    await observed.until('say', [2, 0, 0]);
    await observed.until('throws', [0, 0, 1]);
    await observed.until('rejects', [0, 0, 1]);
    await observed.until('refuses', [0, 1, 0]);
    await observed.until('several', [1, 0, 0]);
    await observed.until('broken', [0, 0, 1]);
    await observed.until('denied', [0, 1, 0]);
    const errors = { source: 'message', error_type: 'RangeError', category: 'permanent' };
    expect(sampleOf(await observed.page(), 'eventcore_errors_total', errors)).toBe(2);
  });

  it('A message without end is in progress until its client disconnects', async () => {
    const socket = await connect('/chat');
    const labels = { transport: 'websocket', pattern: 'forever', side: 'server' };
    const open = async () =>
      sampleOf(await observed.page(), 'eventcore_messages_concurrent', labels);
    socket.emit('forever');
    await poll(async () => (await open()) === 1 || undefined, {
      what: 'a start',
      timeoutMs: 5_000,
    });
    socket.disconnect();
    await observed.until('forever', [1, 0, 0]);
    expect(await open()).toBe(0);
  });
});

describe('gateways of ws', () => {
  let application: RunningApplication;
  let observed: ReturnType<typeof reader>;
  const connect = async () => {
    const socket = new WebSocket(`${application.url.replace('http', 'ws')}/live`);
    await new Promise((resolve) => socket.addEventListener('open', resolve));
    return socket;
  };

  beforeAll(async () => {
    application = await start([LiveGateway], WsAdapter);
    observed = reader(application);
  });

  it('Connections and messages count under the path of the gateway, and unknown events do not', async () => {
    const [one, other] = [await connect(), await connect()];
    await observed.untilOpen('/live', 2);
    for (const event of ['say', 'throws', 'refuses', 'unknown'])
      one.send(JSON.stringify({ event, data: 'x' }));
    one.send('no JSON');
    await observed.until('say', [1, 0, 0]);
    await observed.until('throws', [0, 0, 1]);
    await observed.until('refuses', [0, 1, 0]);
    expect(await observed.counts('unknown')).toEqual([undefined, undefined, undefined]);
    one.close();
    other.close();
    await observed.untilOpen('/live', 0);
  });
});
