import { channel, hasSubscribers } from 'node:diagnostics_channel';
import { EventEmitter, once } from 'node:events';
import {
  createServer,
  IncomingMessage,
  type RequestListener,
  type Server,
  ServerResponse,
} from 'node:http';
import { connect as connectHttp2, createServer as createHttp2Server } from 'node:http2';
import { type AddressInfo, connect, Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { OpenRequests } from '../../../lib/http/open-requests.js';
import { ServerConnections } from '../../../lib/http/server-connections.js';

/** What is told of requests: how each ended, in the order of their ends. */
function follow(requests: OpenRequests): string[] {
  const told: string[] = [];
  requests.follow({
    began: (it) => {
      it.recorder = {
        ended: (ended) => void told.push(`${ended.request.url} ${ended.status()}`),
        dropped: () => undefined,
      };
    },
  });
  return told;
}

const held = new EventEmitter();

const handlers: Record<string, RequestListener> = {
  '/ok': (_request, response) => void response.end('fine'),
  '/empty': (_request, response) => void response.writeHead(204).end(),
  '/failed': (_request, response) => void response.writeHead(500).end('not fine'),
  '/destroyed': (_request, response) => void response.destroy(),
  '/never': () => undefined,
  '/held': (_request, response) => held.once('release', () => void response.end('at last')),
  '/half': (_request, response) => void response.writeHead(206).write('a part of it'),
  '/unread': (request, response) =>
    request.once('error', () => void response.writeHead(400).end('no body')).resume(),
  '/pieces': async (_request, response) => {
    for (let i = 0; i < 3; i++) {
      response.write('piece '.repeat(1_000));
      await setTimeout(1);
    }
    response.end();
  },
};

class Peer {
  readonly requests = new OpenRequests();
  /** Followed without a server to watch, by a listener for each response. */
  readonly byListeners = new OpenRequests();
  readonly told = follow(this.requests);
  readonly expected = follow(this.byListeners);
  /** Listeners that a response has when its handler begins, but for that of {@link Peer.byListeners}. */
  readonly listeners: number[] = [];
  readonly server: Server;

  constructor() {
    this.server = createServer((request, response) => {
      this.listeners.push(response.listenerCount('close'));
      this.byListeners.of(request, response);
      void handlers[request.url!]!(request, response);
    });
    this.requests.watch(this.server);
  }

  async open(): Promise<void> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    // The first response shows that the runtime tells of responses.
    await this.ask('GET /ok');
  }

  connect(): Socket {
    const { port } = this.server.address() as AddressInfo;
    return connect(port, '127.0.0.1').on('error', () => undefined);
  }

  /** Sends requests on one connection, one after the other unless they are pipelined, and waits for all answers. */
  async ask(...lines: string[]): Promise<void> {
    const socket = this.connect();
    for (const line of lines) {
      const before = this.expected.length;
      socket.write(`${line} HTTP/1.1\r\nHost: here\r\n\r\n`);
      while (this.expected.length === before) await setTimeout(1);
    }
    socket.destroy();
  }

  /** Sends something and leaves when the server has got it. */
  async leave(sent: string): Promise<void> {
    const socket = this.connect();
    const requested = once(this.server, 'request') as Promise<[IncomingMessage]>;
    socket.write(sent);
    const [request] = await requested;
    await setTimeout(5);
    // Not by once(), which an error ends: the rest of a body is one that is missing.
    const closed = new Promise((resolve) => request.socket.once('close', resolve));
    socket.destroy();
    await closed;
    await setTimeout(5);
  }

  async close(): Promise<void> {
    this.requests.release();
    this.server.close().closeAllConnections();
    await once(this.server, 'close');
  }
}

let peer: Peer;

async function start(): Promise<Peer> {
  peer = new Peer();
  await peer.open();
  return peer;
}

describe('the requests of a server', () => {
  afterEach(() => peer.close());

  it('The requests of a server end as those that are listened to, without a listener of their own', async () => {
    const { told, expected, listeners } = await start();
    await peer.ask('GET /ok', 'GET /empty', 'HEAD /ok', 'GET /failed', 'GET /pieces', 'GET /ok');
    await peer.ask('GET /destroyed');
    expect(expected).toEqual([
      '/ok 200',
      '/ok 200',
      '/empty 204',
      '/ok 200',
      '/failed 500',
      '/pieces 200',
      '/ok 200',
      '/destroyed 499',
    ]);
    expect(told).toEqual(expected);
    expect(listeners).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
    expect([...peer.requests]).toEqual([]);
  });

  it('The requests of a server leave responses as they are, and connections as those were when the server first saw them', async () => {
    peer = new Peer();
    const symbolsOf = (it: object) => Object.getOwnPropertySymbols(it).map(String);
    const marks: string[][] = [];
    const onResponses: string[] = [];
    const isOurs = (it: string) => it.includes('eventcore');
    peer.server.on('connection', (socket) => marks.push(symbolsOf(socket).filter(isOurs)));
    peer.server.on('request', ({ socket }, response) => {
      marks.push(symbolsOf(socket).filter(isOurs));
      onResponses.push(...symbolsOf(response).filter(isOurs));
    });
    const others = new OpenRequests();
    others.watch(peer.server);
    await peer.open();
    await peer.ask('GET /ok', 'GET /ok');
    others.release();
    // Two connections, three requests.
    expect(marks.map((it) => it.length)).toEqual([2, 2, 2, 2, 2]);
    expect(onResponses).toEqual([]);
  });

  it.each([
    ['before the answer', 'GET /never HTTP/1.1\r\nHost: here\r\n\r\n', '/never 499'],
    ['in the middle of the answer', 'GET /half HTTP/1.1\r\nHost: here\r\n\r\n', '/half 206'],
    [
      'in the middle of its body',
      'POST /unread HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\nhalf',
      '/unread 499',
    ],
  ])('The requests of a server end when the client leaves %s', async (_when, sent, end) => {
    const { told, expected, listeners } = await start();
    await peer.leave(sent);
    expect(told).toEqual(['/ok 200', end]);
    expect(told).toEqual(expected);
    expect(listeners).toEqual([1, 0]);
    expect([...peer.requests]).toEqual([]);
  });

  it.each([
    ['was answered', () => peer.ask('GET /ok')],
    ['lost its connection', () => peer.leave('GET /never HTTP/1.1\r\nHost: here\r\n\r\n')],
  ])(
    'The requests of a server do not begin again where a handler starts after its request %s',
    async (_what, end) => {
      const { told } = await start();
      const requested = once(peer.server, 'request') as Promise<[IncomingMessage, ServerResponse]>;
      await end();
      peer.requests.of(...(await requested)).route = '/late';
      expect([...peer.requests]).toEqual([]);
      expect(told).toHaveLength(2);
    },
  );

  it('The requests of a server end where they wait behind others of their connection', async () => {
    const { told, expected } = await start();
    const lines = ['GET /pieces', 'GET /ok', 'GET /failed', 'GET /ok'];
    const socket = peer.connect();
    socket.write(lines.map((it) => `${it} HTTP/1.1\r\nHost: here\r\n\r\n`).join(''));
    while (expected.length < 5) await setTimeout(1);
    socket.destroy();
    expect(told).toEqual(['/ok 200', '/pieces 200', '/ok 200', '/failed 500', '/ok 200']);
    expect(told).toEqual(expected);
  });

  it('The requests of a server do not end with the one that they were sent behind', async () => {
    const { told, expected } = await start();
    const socket = peer.connect();
    const line = (path: string) => `GET ${path} HTTP/1.1\r\nHost: here\r\n\r\n`;
    socket.write(line('/ok') + line('/held'));
    while (expected.length < 2) await setTimeout(1);
    const requested = once(peer.server, 'request');
    socket.write(line('/failed'));
    await requested;
    held.emit('release');
    while (expected.length < 4) await setTimeout(1);
    socket.destroy();
    expect(told).toEqual(['/ok 200', '/ok 200', '/held 200', '/failed 500']);
    expect(told).toEqual(expected);
  });

  it('The requests of a server are open until they end, whoever tells of that', async () => {
    await start();
    const socket = peer.connect();
    const requested = once(peer.server, 'request');
    socket.write('GET /held HTTP/1.1\r\nHost: here\r\n\r\n');
    await requested;
    const behind = once(peer.server, 'request');
    socket.write('GET /ok HTTP/1.1\r\nHost: here\r\n\r\n');
    await behind;
    expect([...peer.requests].map((it) => it.request.url)).toEqual(['/held', '/ok']);
    held.emit('release');
    while (peer.expected.length < 3) await setTimeout(1);
    socket.destroy();
    expect([...peer.requests]).toEqual([]);
  });

  it('The requests of a server are listened to where they wait behind one that came before anything was told', async () => {
    peer = new Peer();
    peer.server.listen(0, '127.0.0.1');
    await once(peer.server, 'listening');
    const requested = once(peer.server, 'request');
    const socket = peer.connect();
    socket.write('GET /never HTTP/1.1\r\nHost: here\r\n\r\n');
    await requested;
    await peer.ask('GET /ok');
    const behind = once(peer.server, 'request') as Promise<[IncomingMessage]>;
    socket.write('GET /ok HTTP/1.1\r\nHost: here\r\n\r\n');
    const [request] = await behind;
    socket.destroy();
    await once(request.socket, 'close');
    expect(peer.told.toSorted()).toEqual(['/never 499', '/ok 200', '/ok 499']);
  });

  it('The requests of a server are listened to on a connection from when some were sent before the answer on', async () => {
    const { told, expected, listeners } = await start();
    const socket = peer.connect();
    const line = 'GET /ok HTTP/1.1\r\nHost: here\r\n\r\n';
    for (const sent of [line, line + line, line]) {
      const before = expected.length;
      socket.write(sent);
      while (expected.length === before) await setTimeout(1);
    }
    while (expected.length < 5) await setTimeout(1);
    socket.destroy();
    expect(told).toEqual(expected);
    expect(listeners.map((it) => it > 0)).toEqual([true, false, false, true, true]);
  });

  it('The requests of a server are listened to where they did not come by a connection of the server', async () => {
    const { told } = await start();
    const injected = new IncomingMessage(new Socket());
    injected.url = '/injected';
    injected.httpVersionMajor = 1;
    const response = new ServerResponse(injected);
    peer.requests.of(injected, response);
    response.emit('close');
    expect(told).toEqual(['/ok 200', '/injected 499']);
  });

  it('The requests of a server end with the connection where some wait behind one that is never answered', async () => {
    const { told } = await start();
    await peer.leave(
      'GET /never HTTP/1.1\r\nHost: here\r\n\r\nGET /ok HTTP/1.1\r\nHost: here\r\n\r\n',
    );
    expect(told.toSorted()).toEqual(['/never 499', '/ok 200', '/ok 499']);
    expect([...peer.requests]).toEqual([]);
  });

  it('The requests of a server are told apart from those of another server of the process', async () => {
    const another = new Peer();
    await another.open();
    const { told } = await start();
    await another.ask('GET /failed', 'GET /failed');
    await peer.ask('GET /ok', 'GET /empty');
    expect(told).toEqual(['/ok 200', '/ok 200', '/empty 204']);
    expect(another.told).toEqual(['/ok 200', '/failed 500', '/failed 500']);
    await another.close();
  });

  it('The requests of a server are listened to once the application has let go of the process', async () => {
    const { told, expected, listeners } = await start();
    const socket = peer.connect();
    const askForOk = async () => {
      const before = expected.length;
      socket.write('GET /ok HTTP/1.1\r\nHost: here\r\n\r\n');
      while (expected.length === before) await setTimeout(1);
    };
    await askForOk();
    peer.requests.release();
    expect(hasSubscribers('http.server.response.finish')).toBe(false);
    // That of Node.
    expect(peer.server.listenerCount('connection')).toBe(1);
    await askForOk();
    await peer.ask('GET /ok', 'GET /failed');
    socket.destroy();
    expect(told).toEqual(['/ok 200', '/ok 200', '/ok 200', '/ok 200', '/failed 500']);
    expect(listeners).toEqual([1, 0, 1, 1, 1]);
  });

  it('The requests of a server end with their connection where they began before that', async () => {
    const { told } = await start();
    const socket = peer.connect();
    socket.write('GET /never HTTP/1.1\r\nHost: here\r\n\r\n');
    await once(peer.server, 'request');
    peer.requests.release();
    socket.destroy();
    while (told.length < 2) await setTimeout(1);
    expect(told).toEqual(['/ok 200', '/never 499']);
  });
});

describe('the connections of a server', () => {
  it.each(['connection', 'secureConnection'])(
    'Connections of a server are not kept when a %s has closed',
    async (opened) => {
      const server = new EventEmitter() as Server;
      const connections = new ServerConnections(
        server,
        () => undefined,
        () => undefined,
      );
      // As a runtime may that is not Node.
      channel('http.server.response.finish').publish({});
      const kept: WeakRef<object>[] = [];
      for (let i = 0; i < 20; i++) {
        const socket = new Socket();
        server.emit(opened, socket);
        const request = Object.assign(new IncomingMessage(socket), { httpVersionMajor: 1 });
        const response = { socket } as unknown as ServerResponse;
        kept.push(new WeakRef(connections.connectionFor(request, response)!));
        socket.destroy();
        await once(socket, 'close');
      }
      await setTimeout(1);
      globalThis.gc?.();
      // The last one may still be on the stack.
      expect(kept.filter((it) => it.deref() !== undefined).length).toBeLessThan(2);
      connections.close();
    },
  );
});

describe('the requests of a server for HTTP/2', () => {
  it('The requests of a server for HTTP/2 are listened to, for nothing else tells of them', async () => {
    const requests = new OpenRequests();
    const anotherServer = new Peer();
    const told = follow(requests);
    const server = createHttp2Server((_request, response) => void response.end('fine'));
    requests.watch(server as unknown as Server);
    // What it answers is told to everybody.
    await anotherServer.open();
    await anotherServer.close();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    for (let i = 0; i < 3; i++) await once(client.request({ ':path': `/${i}` }).resume(), 'end');
    client.close();
    server.close();
    await once(server, 'close');
    requests.release();
    expect(told).toEqual(['/0 200', '/1 200', '/2 200']);
  });

  it('The requests of a server for HTTP/2 are asked for nothing that a closed session does not have', async () => {
    const requests = new OpenRequests();
    const told = follow(requests);
    const server = createHttp2Server();
    requests.watch(server as unknown as Server);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const client = connectHttp2(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    client
      .on('error', () => undefined)
      .request()
      .on('error', () => undefined);
    const [request, response] = await once(server, 'request');
    request.stream.session.destroy();
    requests.of(request, response).route = '/';
    await once(response, 'close');
    requests.of(request, response).route = '/';
    client.destroy();
    server.close();
    requests.release();
    expect(told).toEqual(['/ 499']);
  });
});
