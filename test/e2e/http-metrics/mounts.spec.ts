import {
  Body,
  Controller,
  Get,
  type INestApplication,
  Logger,
  type MiddlewareConsumer,
  Module,
  Post,
  RequestMethod,
} from '@nestjs/common';
import { SpanKind } from '@opentelemetry/api';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ObservabilityModule } from '../../../lib/index.js';
import { traceContext } from '../../../lib/tracing/index.js';
import { registerTracing } from '../../unit/tracing/context/registered-tracing.js';
import { platforms, RunningApplication } from '../module/running-application.js';
import { settledSeries } from './scrape.js';

Logger.overrideLogger(false);

type Handler = (request: IncomingMessage, response: ServerResponse, next: Next) => void;
type Next = (error?: unknown) => void;

/** What is used of Express, which brings no types. */
interface ExpressRouter {
  get(path: string, ...handlers: Handler[]): void;
  use(...values: unknown[]): void;
}

const express = createRequire(import.meta.url)('express') as {
  (): ExpressRouter;
  Router(): ExpressRouter;
  json(): Handler;
};

@Controller('notes')
class NotesController {
  @Post(':id')
  write(@Body() note: unknown): unknown {
    return note;
  }

  @Get('broken')
  broken(): never {
    throw new Error('broken');
  }
}

const answer: Handler = (_, response) => void response.end('answer');
const refuse: Handler = (_, response) => void response.writeHead(401).end();
const pass: Handler = (_request, _response, next) => next();

/** A router of its own with `GET /items/:id`, and `GET /fails/:id`. */
function items<T extends ExpressRouter>(router: T): T {
  router.get('/items/:id', answer);
  router.get('/fails/:id', (_request, _response, next) => next(new Error('fails')));
  return router;
}

let tracing: ReturnType<typeof registerTracing>;
let application: RunningApplication;
beforeAll(() => {
  tracing = registerTracing();
});
afterEach(() => application.close());
afterAll(() => tracing.stop());

async function start(
  platform: (typeof platforms)[number],
  configure: (app: INestApplication) => void = () => undefined,
  consume: (consumer: MiddlewareConsumer) => void = () => undefined,
) {
  @Module({ imports: [ObservabilityModule.forRoot()], controllers: [NotesController] })
  class AppModule {
    configure(consumer: MiddlewareConsumer): void {
      consume(consumer);
    }
  }
  application = await RunningApplication.start({
    platform,
    imports: [AppModule],
    configure: (app) => {
      app.use(traceContext());
      configure(app);
    },
  });
}

/** Sends requests; returns the series and the routes of the spans. */
async function send(...requests: (string | readonly [path: string, init: RequestInit])[]) {
  tracing.reset();
  for (const it of requests) {
    const [path, init] = typeof it === 'string' ? [it, {}] : it;
    await application.get(path, init);
  }
  const { requests: series } = await settledSeries(application, requests.length);
  const routes = tracing
    .spans()
    .filter(({ kind }) => kind === SpanKind.SERVER)
    .map(({ attributes }) => attributes['http.route']);
  return { series, routes };
}

const post = (path: string, body: string) =>
  [path, { method: 'POST', headers: { 'content-type': 'application/json' }, body }] as const;

const API = '/board/items/:id';

describe('what is mounted on Express', () => {
  it('An Express application and a Router report under the path at which they are mounted', async () => {
    await start('express', (app) => {
      app.use('/board', items(express()));
      app.use('/router', items(express.Router()));
    });
    expect(await send('/board/items/1', '/board/items/2', '/router/items/3')).toEqual({
      series: { [`GET ${API} 200`]: 2, 'GET /router/items/:id 200': 1 },
      routes: [API, API, '/router/items/:id'],
    });
  });

  it('Nested mounts report all their paths, whoever mounts whom', async () => {
    await start('express', (app) => {
      const inApplication = express();
      inApplication.use('/inner', items(express()));
      const inRouter = express.Router();
      inRouter.use('/inner', items(express()));
      const deep = express();
      deep.use('/router', express.Router(), items(express.Router()));
      app.use('/a', inApplication);
      app.use('/r', inRouter);
      app.use('/t/:tenant', deep);
      app.use(items(express.Router()));
    });
    const paths = ['/a/inner/items/1', '/r/inner/items/1', '/t/acme/router/items/1', '/items/1'];
    const routes = [
      '/a/inner/items/:id',
      '/r/inner/items/:id',
      '/t/:tenant/router/items/:id',
      '/items/:id',
    ];
    expect(await send(...paths)).toEqual({
      series: Object.fromEntries(routes.map((it) => [`GET ${it} 200`, 1])),
      routes,
    });
  });

  it('One Router and one application report under each of their mounts, and arrays under the path that matched', async () => {
    await start('express', (app) => {
      const router = items(express.Router());
      app.use('/v1', router);
      app.use('/v2', router);
      app.use(['/a', '/b/:x'], router);
      const board = items(express());
      app.use('/one', board);
      app.use(['/two', '/three'], board);
    });
    const mounts = ['/v1', '/v2', '/a', '/one', '/two', '/three'];
    const { series, routes } = await send(
      ...[...mounts, '/b/7', '/v1'].map((it) => `${it}/items/1`),
    );
    expect(series).toEqual({
      ...Object.fromEntries(mounts.map((it) => [`GET ${it}/items/:id 200`, 1])),
      'GET /v1/items/:id 200': 2,
      'GET /b/:x/items/:id 200': 1,
    });
    expect(routes).toEqual([...mounts, '/b/:x', '/v1'].map((it) => `${it}/items/:id`));
  });

  it('A mount that fails, and one that knows no such path, report the declared path or none', async () => {
    await start('express', (app) => {
      app.use('/board', items(express()));
      app.use('/router', items(express.Router()));
      const outer = express();
      outer.use('/inner', items(express()));
      app.use('/outer', outer);
    });
    const routes = ['/board/fails/:id', '/router/fails/:id', '/outer/inner/fails/:id'];
    const paths = ['/board/fails/1', '/router/fails/2', '/outer/inner/fails/3'];
    expect(await send(...paths, '/board/nowhere', '/outer/inner/nowhere')).toEqual({
      series: {
        ...Object.fromEntries(routes.map((it) => [`GET ${it} 500`, 1])),
        'GET unmatched 404': 2,
      },
      routes: [...routes, undefined, undefined],
    });
  });

  it('A hundred tenants and ids make one series', async () => {
    await start('express', (app) => app.use('/t/:tenant', items(express())));
    const paths = Array.from({ length: 100 }, (_, i) => `/t/tenant-${i}/items/${i}`);
    expect((await send(...paths)).series).toEqual({ 'GET /t/:tenant/items/:id 200': 100 });
  });

  it('The prefix of the application does not move what is mounted', async () => {
    await start('express', (app) => {
      app.setGlobalPrefix('api');
      app.use('/api/board', items(express()));
      app.use('/api/graphql', answer);
    });
    expect(await send('/api/board/items/1', '/api/graphql', '/api/nowhere', '/api')).toEqual({
      series: {
        'GET /api/board/items/:id 200': 1,
        'GET /api/graphql 200': 1,
        'GET unmatched 404': 2,
      },
      routes: ['/api/board/items/:id', '/api/graphql', undefined, undefined],
    });
  });
});

describe.each(platforms)('middleware that answers on %s', (platform) => {
  it('Middleware that answers reports the path to which it is bound, or none', async () => {
    await start(platform, (app) => {
      app.use('/graphql', pass);
      app.use('/graphql', answer);
      app.use('/t/:tenant/private', refuse);
      app.use((request: IncomingMessage, response: ServerResponse, next: Next) =>
        request.url === '/login' ? refuse(request, response, next) : next(),
      );
    });
    const paths = ['/graphql', '/graphql/sub?x=1', '/t/a/private', '/t/b/private/2', '/login'];
    expect(await send(...paths)).toEqual({
      series: {
        'GET /graphql 200': 2,
        'GET /t/:tenant/private 401': 2,
        'GET unmatched 401': 1,
      },
      routes: ['/graphql', '/graphql', '/t/:tenant/private', '/t/:tenant/private', undefined],
    });
  });

  it('Middleware of a module that answers reports the path of forRoutes, and none when it is bound to all', async () => {
    await start(
      platform,
      () => undefined,
      (consumer) => {
        consumer.apply(pass).forRoutes('{*all}');
        consumer.apply(refuse).forRoutes('admin', { path: 'one/:id', method: RequestMethod.GET });
        const all: Handler = (request, response, next) =>
          request.headers['x-refuse'] === undefined ? next() : refuse(request, response, next);
        consumer.apply(all).forRoutes('{*all}');
      },
    );
    const refused = { headers: { 'x-refuse': 'yes' } };
    // On Fastify, Nest binds to the exact path.
    const below = platform === 'express' ? '/admin/users' : '/admin/';
    expect(await send('/admin', below, '/one/7', ['/anything', refused], '/nowhere')).toEqual({
      series: {
        'GET /admin 401': 2,
        'GET /one/:id 401': 1,
        'GET unmatched 401': 1,
        'GET unmatched 404': 1,
      },
      routes: ['/admin', '/admin', '/one/:id', undefined, undefined],
    });
  });

  it('Middleware that passes a request on leaves its route, and its error', async () => {
    await start(platform, (app) => app.use('/notes', pass));
    expect(await send(post('/notes/1', '{}'), '/notes/broken', '/notes/none/at/all')).toEqual({
      series: {
        'POST /notes/:id 201': 1,
        'GET /notes/broken 500': 1,
        'GET unmatched 404': 1,
      },
      routes: ['/notes/:id', '/notes/broken', undefined],
    });
  });
});

describe.each(platforms)('a body that the parser refuses on %s', (platform) => {
  it.each(['', 'api'])(
    'A refused body reports the route to which it was sent below the prefix %j',
    async (prefix) => {
      await start(platform, (app) => app.setGlobalPrefix(prefix));
      const base = prefix === '' ? '' : `/${prefix}`;
      const large = JSON.stringify('x'.repeat(2_000_000));
      const { series, routes } = await send(
        post(`${base}/notes/1`, '{'),
        post(`${base}/notes/2?draft`, large),
        post(`${base}/nowhere`, '{'),
      );
      expect(series).toMatchObject({
        [`POST ${base}/notes/:id 400`]: 1,
        [`POST ${base}/notes/:id 413`]: 1,
      });
      expect(Object.keys(series)[2]).toMatch(/^POST unmatched 40[04]$/);
      const route = `${base}/notes/:id`;
      expect(routes).toEqual([route, route, undefined]);
    },
  );
});

describe('a body that a parser refuses in a mount of Express', () => {
  it('A body that is refused in a mount reports the mount', async () => {
    await start('express', (app) => {
      const board = express();
      board.use('/notes', express.json(), answer);
      app.use('/board', board);
      app.use('/graphql', express.json(), answer);
    });
    const paths = ['/graphql', '/board/notes', '/board/none'];
    expect((await send(...paths.map((it) => post(it, '{')))).series).toEqual({
      'POST /graphql 400': 1,
      'POST /board/notes 400': 1,
      'POST unmatched 404': 1,
    });
  });
});
