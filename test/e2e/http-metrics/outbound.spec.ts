import { createServer, get, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { request as undiciRequest } from 'undici';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { asOwnTraffic } from '../../../lib/kernel/following/own-traffic.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import { poll } from '../../system/poll.js';
import { RunningApplication } from '../module/running-application.js';

describe('outbound requests', () => {
  let application: RunningApplication;
  let server: Server;
  let host: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: '/ok' }).end();
      else if (request.url === '/missing') response.writeHead(404).end('no');
      else if (request.url === '/broken') response.write('half', () => response.destroy());
      else if (request.url === '/large') response.write('x'.repeat(4_000_000));
      else if (request.url === '/late') response.flushHeaders();
      else if (request.url !== '/never') response.end('ok');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    application = await RunningApplication.start({ imports: [ObservabilityModule.forRoot()] });
  });
  afterAll(async () => {
    await application.close();
    server.closeAllConnections();
    server.close();
  });

  const name = 'eventcore_outbound_requests_total';
  const page = async () => (await application.get('/metrics')).text;
  const count = async (status: string, method = 'GET', of = host) =>
    sampleOf(await page(), name, { method, host: of, status }) ?? 0;

  async function added(status: string, work: () => Promise<unknown>, method = 'GET') {
    const before = await count(status, method);
    await work();
    return (await count(status, method)) - before;
  }
  const read = async (path: string, init?: RequestInit) => (await fetch(host + path, init)).text();

  it('A request by fetch counts once by its status, and each hop of a redirect is one', async () => {
    expect(await added('200', () => read('/ok'))).toBe(1);
    expect(await added('404', () => read('/missing'))).toBe(1);
    expect(await added('200', () => read('/', { method: 'POST', body: 'x' }), 'POST')).toBe(1);
    const before = await count('302');
    expect(await added('200', () => read('/moved'))).toBe(1);
    expect((await count('302')) - before).toBe(1);
  });

  it('Connections that are kept count their requests each', async () => {
    const several = async () => {
      for (let i = 0; i < 5; i++) await read('/ok');
    };
    expect(await added('200', several)).toBe(5);
  });

  it('A request by undici and by node:http counts once', async () => {
    expect(await added('200', async () => (await undiciRequest(`${host}/ok`)).body.text())).toBe(1);
    const byNode = () =>
      new Promise((resolve) => {
        get(`${host}/ok`, (response) => response.resume().on('close', resolve));
      });
    expect(await added('200', byNode)).toBe(1);
  });

  it('Eleven applications in one process observe a request of node:http with one listener on its answer', async () => {
    const imports = [ObservabilityModule.forRoot()];
    const others = await Promise.all(
      Array.from({ length: 10 }, () => RunningApplication.start({ imports })),
    );
    try {
      const answer = await new Promise<IncomingMessage>((resolve) => get(`${host}/ok`, resolve));
      const listeners = answer.listenerCount('close');
      await new Promise((resolve) => answer.on('close', resolve).resume());
      expect(listeners).toBe(1);
      for (const it of others) {
        const { text } = await it.get('/metrics');
        expect(sampleOf(text, name, { method: 'GET', host, status: '200' })).toBe(1);
      }
    } finally {
      await Promise.all(others.map((it) => it.close()));
    }
  });

  it('A failure counts once: aborted, timed out, broken off, refused', async () => {
    const failing = (path: string, ms: number) => () =>
      expect(read(path, { signal: AbortSignal.timeout(ms) })).rejects.toThrow();
    expect(await added('error', failing('/never', 200))).toBe(1);
    expect(await added('error', failing('/late', 200))).toBe(1);
    expect(await added('error', failing('/broken', 5_000))).toBe(1);
    const byNode = () =>
      new Promise((resolve) => {
        const request = get(`${host}/never`).on('error', resolve);
        setImmediate(() => request.destroy(new Error('given up')));
      });
    expect(await added('error', byNode)).toBe(1);
    const dead = 'http://127.0.0.1:1';
    await expect(fetch(dead)).rejects.toThrow();
    await new Promise((resolve) => get(dead).on('error', resolve));
    // Browsers and fetch refuse port 1 before they connect.
    expect(await count('error', 'GET', dead)).toBe(1);
    const unknown = 'http://no-such-host.invalid';
    await expect(fetch(unknown)).rejects.toThrow();
    expect(await count('error', 'GET', unknown)).toBe(1);
  });

  it('An answer that the application leaves before its end counts once by its status', async () => {
    const large = `${host}/large`;
    const ways: Record<string, () => Promise<unknown>> = {
      'a body that is cancelled': async () => (await fetch(large)).body?.cancel(),
      'a body that is cancelled with a reason': async () =>
        (await fetch(large)).body?.cancel('end'),
      'a loop that breaks off': async () => {
        for await (const chunk of (await fetch(large)).body ?? []) if (chunk.length > 0) break;
      },
      'an abort after the status': async () => {
        const leaving = new AbortController();
        const { body } = await fetch(large, { signal: leaving.signal });
        leaving.abort();
        await expect(body?.getReader().closed).rejects.toThrow();
      },
      'a body of undici that is destroyed': async () => {
        const { body } = await undiciRequest(large);
        await new Promise((resolve) => body.on('error', resolve).destroy());
      },
      'an answer of node:http that is destroyed': () =>
        new Promise((resolve) => get(large, (it) => it.on('close', resolve).destroy())),
      'a loop over an answer of node:http': async () => {
        const answer = await new Promise<IncomingMessage>((resolve) => get(large, resolve));
        for await (const chunk of answer) if (chunk !== undefined) break;
      },
    };
    const before = await count('error');
    for (const [way, leave] of Object.entries(ways)) expect(await added('200', leave), way).toBe(1);
    expect(await count('error')).toBe(before);
    const broken = () =>
      new Promise((resolve) => get(`${host}/broken`, (it) => it.on('error', resolve).resume()));
    expect(await added('error', broken)).toBe(1);
  });

  it('An answer that nobody reads counts by its status once its memory is free', async () => {
    const before = await count('200');
    const leave = async () => void (await fetch(`${host}/large`));
    await leave();
    const seen = await poll(
      async () => {
        globalThis.gc?.();
        const now = await count('200');
        return now > before ? now : undefined;
      },
      { what: 'the collected answer', timeoutMs: 10_000 },
    );
    expect(seen).toBe(before + 1);
  });

  it('Exports of the library are no outbound requests', async () => {
    const before = await page();
    await asOwnTraffic(() => read('/ok'));
    expect(await count('200')).toBe(sampleOf(before, name, { method: 'GET', host, status: '200' }));
  });

  it('Origins without a path are the label, and beyond 100 of them they are one', async () => {
    const fail = (i: number) => fetch(`http://127.0.1.${i}:2/path/${i}`).catch(() => undefined);
    await Promise.all(Array.from({ length: 120 }, (_, i) => fail(i)));
    const samples = parseTextFormat(await page()).get(name)?.samples ?? [];
    const hosts = new Set(samples.map(({ labels }) => labels['host']));
    expect(hosts.size).toBe(101);
    expect(await count('error', 'GET', '__other__')).toBeGreaterThan(15);
  });

  it('Connections to the server count by protocol, and no more once they are closed', async () => {
    const before = sampleOf(await page(), 'eventcore_connections_total', {
      protocol: 'http',
      result: 'accepted',
    });
    await new Promise((resolve) => {
      get(`${application.url}/health/live`, { agent: false }, (response) =>
        response.resume().on('close', resolve),
      );
    });
    const text = await page();
    const accepted = { protocol: 'http', result: 'accepted' };
    expect(sampleOf(text, 'eventcore_connections_total', accepted)).toBe((before ?? 0) + 1);
    // The connection of the scrape.
    expect(sampleOf(text, 'eventcore_connections_active', { protocol: 'http' })).toBeGreaterThan(0);
    expect(sampleOf(text, 'eventcore_threads_active', {})).toBeGreaterThan(4);
  });
});
