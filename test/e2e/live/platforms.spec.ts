import { createServer, request as send, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  type INestApplication,
  VersioningType,
} from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Command, ObservabilityModule } from '../../../lib/index.js';
import { LivePage, livePage, type LivePageOptions } from '../../../lib/live/index.js';
import { LiveServer } from '../../../lib/live/live-server.js';
import { history, MetricHistory } from '../../../lib/query/index.js';
import { poll } from '../../system/poll.js';
import { platforms, RunningApplication } from '../module/running-application.js';
import { EventStream } from './event-stream.js';
import { helmetHeaders } from './helmet-headers.js';

const SAME_ORIGIN = { 'sec-fetch-site': 'same-origin' };

@Injectable()
class Shop {
  @Command({ name: 'Place' })
  place(): void {}
}

@Controller('orders')
class OrdersController {
  @Get()
  list(): string[] {
    return [];
  }
}

class TokenGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['authorization'] === 'Bearer token';
  }
}

interface Settings {
  readonly platform: (typeof platforms)[number];
  readonly options?: LivePageOptions;
  configure?(app: INestApplication): void;
}

const start = ({ platform, options = {}, configure }: Settings) =>
  RunningApplication.start({
    platform,
    imports: [
      ObservabilityModule.forRoot({
        serviceName: 'shop',
        plugins: [history({ intervalMs: 1_000 }), livePage({ intervalMs: 500, ...options })],
      }),
    ],
    providers: [Shop],
    controllers: [OrdersController],
    ...(configure && { configure }),
  });

/** A gateway that takes the first part of each path away. */
async function stripping(target: string): Promise<Server> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/gateway/, '');
    const options = { method: request.method, headers: request.headers };
    const forwarded = send(target + path, options, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(forwarded);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

async function signIn(application: RunningApplication): Promise<{ cookie: string }> {
  const link = new URL(application.app.get(LivePage).link(application.url));
  const secret = new URLSearchParams(link.hash.slice(1)).get('link') as string;
  const answer = await fetch(`${application.url}${link.pathname}/session`, {
    method: 'POST',
    headers: { ...SAME_ORIGIN, 'x-live-link': secret },
  });
  expect(answer.status).toBe(200);
  return { cookie: String(answer.headers.get('set-cookie')).split(';')[0] ?? '' };
}

describe.each(platforms)('the live page on %s', (platform) => {
  let application: RunningApplication;
  let session: { cookie: string };
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${application.url}/observability${path}`, { headers, redirect: 'manual' });

  beforeAll(async () => {
    const configure = (app: INestApplication) => {
      app.use((_: unknown, response: { setHeader(...it: string[]): void }, next: () => void) => {
        for (const it of Object.entries(helmetHeaders)) response.setHeader(...it);
        next();
      });
    };
    application = await start({ platform, configure });
    session = await signIn(application);
  });

  afterAll(() => application.close());

  it('The address leads to the page by a relative path, with and without a slash at its end', async () => {
    const answer = await get('');
    expect([answer.status, answer.headers.get('location')]).toEqual([
      302,
      './observability/overview',
    ]);
    if (platform === 'express') expect((await get('/')).headers.get('location')).toBe('./overview');
  });

  it('The page has a strict policy, whatever the application sets, and nobody else may embed it', async () => {
    const { headers } = await get('/overview');
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    // Its other headers do no harm, and stay.
    expect(headers.get('strict-transport-security')).toBe('max-age=31536000; includeSubDomains');
    expect(headers.get('cross-origin-opener-policy')).toBe('same-origin');
  });

  it('Files of the page are compressed, and not sent again', async () => {
    const script = await get('/page.js', { 'accept-encoding': 'gzip' });
    expect(script.headers.get('content-encoding')).toBe('gzip');
    const tag = script.headers.get('etag') as string;
    expect((await get('/page.js', { 'if-none-match': tag })).status).toBe(304);
  });

  it.each(['state', 'stream', 'calls', 'trace', 'logs', 'query_range'])(
    'Without a session, %s is refused with the way to get one',
    async (file) => {
      const answer = await get(`/${file}`);
      expect(answer.status).toBe(401);
      expect(await answer.json()).toEqual({
        error: 'Open the link that the application printed at its start.',
      });
    },
  );

  it('A link is of no use to another site, nor a second time', async () => {
    const hash = new URL(application.app.get(LivePage).link(application.url)).hash;
    const secret = hash.replace('#link=', '');
    const exchange = (headers: Record<string, string>) =>
      fetch(`${application.url}/observability/session`, {
        method: 'POST',
        headers: { ...headers, 'x-live-link': secret },
      });
    expect((await exchange({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    expect((await exchange(SAME_ORIGIN)).status).toBe(200);
    expect((await exchange(SAME_ORIGIN)).status).toBe(401);
  });

  it('A command is on the page with its rate, and a question in PromQL is answered', async () => {
    for (let i = 0; i < 5; i++) application.app.get(Shop).place();
    const row = await poll(
      async () => {
        const { state } = (await (await get('/state', session)).json()) as {
          state: { commands: { name: string; calls: number }[] };
        };
        return state.commands.find(({ name, calls }) => name === 'Place' && calls === 5);
      },
      { what: 'the command', timeoutMs: 10_000 },
    );
    expect(row).toMatchObject({ labels: { command_type: 'Place' }, failing: 0, rejected: 0 });
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const query = `query=eventcore_commands_total&start=${nowSeconds - 10}&end=${nowSeconds + 1}&step=1`;
    const answer = (await (await get(`/query_range?${query}`, session)).json()) as {
      data: { result: { values: [number, string][] }[] };
    };
    expect(answer.data.result[0]?.values.at(-1)?.[1]).toBe('5');
    const details = (await (
      await get('/calls?table=commands&command_type=Place', session)
    ).json()) as {
      heat: (number[] | null)[];
    };
    const calls = details.heat.flatMap((it) => it ?? []).reduce((sum, it) => sum + it, 0);
    expect(calls).toBe(5);
  });

  it('A stream begins with the state and goes on with changes, and is no traffic of the application', async () => {
    const stream = await EventStream.open(`${application.url}/observability/stream`, session);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    });
    const { data: first } = await stream.next('state');
    expect(first).toMatchObject({ every: 500, state: { head: { service: 'shop' } } });
    const { data: second } = await stream.next('changes');
    expect(second).toMatchObject({ n: (first as { n: number }).n + 1 });
    await application.get('/orders');
    const metrics = await application.get('/metrics');
    expect(metrics.text).toMatch(/^eventcore_api_requests_total\{.*endpoint="\/orders"/m);
    expect(metrics.text).not.toContain('observability"');
    // The scrape and the stream are none of its requests.
    expect(metrics.text).toMatch(/^eventcore_requests_concurrent\{.*method="GET".*\} 0$/m);
    stream.close();
  });

  it('A runbook is shown as the page of its alert, without a session', async () => {
    const runbook = await (await get('/runbooks/CommandErrorRateHigh')).text();
    expect(runbook).toContain('<h1>CommandErrorRateHigh</h1>');
    expect(runbook).toContain('<code>topk(5, sum by (error_type)');
    expect((await get('/runbooks/constructor')).status).toBe(404);
  });

  it('Nothing on the page changes anything unless actions are allowed', async () => {
    const answer = await fetch(`${application.url}/observability/silence?alertname=X&forMs=1`, {
      method: 'POST',
      headers: { ...SAME_ORIGIN, ...session },
    });
    expect(answer.status).toBe(404);
  });

  it('The page works behind a gateway that takes a part of the path away', async () => {
    const gateway = await stripping(application.url);
    const url = `http://127.0.0.1:${(gateway.address() as AddressInfo).port}/gateway/observability`;
    const page = await fetch(url);
    expect([page.status, page.url]).toEqual([200, `${url}/overview`]);
    const [, script] = /src="([^"]+)"/.exec(await page.text()) ?? [];
    expect((await fetch(new URL(script as string, page.url))).status).toBe(200);
    gateway.close();
  });

  it('A prefix, versions and guards apply to the page and to all that it loads', async () => {
    const guarded = await start({
      platform,
      options: { guards: [TokenGuard], path: '/live' },
      configure: (app) => {
        app.setGlobalPrefix('api');
        app.enableVersioning({ type: VersioningType.URI, defaultVersion: '2' });
      },
    });
    const of = (file: string, headers = {}) =>
      fetch(`${guarded.url}/api/live/${file}`, { headers });
    const token = { authorization: 'Bearer token' };
    for (const file of ['overview', 'page.js', 'state', 'stream', 'runbooks/Watchdog']) {
      expect((await of(file)).status, file).toBe(403);
      const answer = await of(file, token);
      expect(answer.status, file).toBe(200);
      await answer.body?.cancel();
    }
    expect(guarded.app.get(LivePage).link(guarded.url)).toBe(`${guarded.url}/api/live`);
    const metrics = await guarded.get('/metrics');
    expect(metrics.text).not.toContain('/live');
    await guarded.close();
  });

  it('Ten pages are told that the application shuts down, for which it works less than 100 ms, and an eleventh is refused', async () => {
    const closing = await start({ platform });
    const { cookie } = await signIn(closing);
    const open = () => EventStream.open(`${closing.url}/observability/stream`, { cookie });
    const viewers = await Promise.all(Array.from({ length: 10 }, open));
    await Promise.all(viewers.map((it) => it.next('state')));
    expect((await open()).status).toBe(503);
    expect(closing.app.get(LivePage).viewers).toBe(10);
    const before = process.cpuUsage();
    const beganMs = performance.now();
    const closed = closing.close();
    await Promise.all(viewers.map((it) => it.next('bye')));
    await Promise.all(viewers.map((it) => it.ended()));
    const { user, system } = process.cpuUsage(before);
    // Time on the processor, which other programs do not prolong: that of the ten readers is in it.
    expect((user + system) / 1_000).toBeLessThan(100);
    // No drain waits for the streams, which takes ten seconds.
    expect(performance.now() - beganMs).toBeLessThan(5_000);
    await closed;
  });

  it('Without viewers nothing is computed', async () => {
    const { app } = application;
    await poll(async () => app.get(LivePage).viewers === 0 || undefined, {
      what: 'no viewers',
      timeoutMs: 5_000,
    });
    const select = vi.spyOn(app.get(MetricHistory), 'select');
    await new Promise((resume) => setTimeout(resume, 1_200));
    expect(select).not.toHaveBeenCalled();
  });
});

describe('a live page with a port of its own', () => {
  it('In production the port of this machine serves it, and trusts no proxy', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const application = await start({ platform: 'express', options: { port: 0 } });
    const port = application.app.get(LiveServer).port as number;
    const of = (headers: Record<string, string> = {}) =>
      fetch(`http://127.0.0.1:${port}/observability/state`, { headers });
    expect((await of()).status).toBe(200);
    expect((await of({ 'x-forwarded-for': '127.0.0.1' })).status).toBe(403);
    expect((await fetch(`http://127.0.0.1:${port}/`)).url).toContain('/observability/overview');
    expect((await application.get('/observability/overview')).status).toBe(404);
    const stream = await EventStream.open(`http://127.0.0.1:${port}/observability/stream`);
    await stream.next('state');
    await Promise.all([stream.next('bye'), application.close()]);
    vi.unstubAllEnvs();
  });
});
