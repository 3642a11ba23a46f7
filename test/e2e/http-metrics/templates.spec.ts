import {
  Controller,
  Get,
  type INestApplication,
  Logger,
  type MiddlewareConsumer,
  Module,
  Param,
  RequestMethod,
  VersioningType,
} from '@nestjs/common';
import { NestFactory, RouterModule } from '@nestjs/core';
import { ExpressAdapter, type NestExpressApplication } from '@nestjs/platform-express';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import Fastify from 'fastify';
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:http2';
import { createRequire } from 'node:module';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ObservabilityModule,
  type ObservabilityOptions,
  ObservabilityService,
} from '../../../lib/index.js';
import { platforms, RunningApplication } from '../module/running-application.js';
import { OrdersController } from './routes.controller.js';
import { httpSeries, settledSeries } from './scrape.js';

Logger.overrideLogger(false);

@Controller({ path: 'users', version: ['1', '2'] })
class UsersController {
  @Get(':id')
  one(@Param('id') id: string): string {
    return id;
  }
}

@Controller('files')
class FilesController {
  @Get('*')
  one(): string {
    return 'file';
  }
}

@Controller({ path: 'tenants', host: ':tenant.example.com' })
class TenantsController {
  @Get(':id')
  one(): string {
    return 'tenant';
  }
}

@Controller(['cats', 'dogs'])
class PetsController {
  @Get(['small/:id', 'tiny/:id'])
  one(): string {
    return 'pet';
  }
}

@Module({ controllers: [OrdersController] })
class ShopModule {}

/** What is used of Express, which brings no types. */
interface ExpressRouter {
  get(path: string, handler: (request: unknown, response: ServerResponse) => void): void;
  use(path: string, router: ExpressRouter): void;
}

const { Router } = createRequire(import.meta.url)('express') as { Router: () => ExpressRouter };

let application: RunningApplication;
afterEach(() => application.close());

async function seriesAfter(paths: readonly string[]): Promise<string[]> {
  for (const path of paths) await application.get(path);
  const { requests } = await settledSeries(application, paths.length);
  return Object.keys(requests);
}

const start = (
  platform: (typeof platforms)[number],
  options: ObservabilityOptions = {},
  configure: (app: INestApplication) => void = () => undefined,
) =>
  RunningApplication.start({
    platform,
    imports: [
      ObservabilityModule.forRoot(options),
      ShopModule,
      RouterModule.register([{ path: 'shop/:shop', module: ShopModule }]),
    ],
    controllers: [UsersController, FilesController, TenantsController, PetsController],
    configure,
  });

describe.each(platforms)('the endpoint of a request on %s', (platform) => {
  it('The endpoint label of a request has the global prefix and the version', async () => {
    application = await start(platform, {}, (app) => {
      app.setGlobalPrefix('api/:region');
      app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    });
    const paths = ['/api/eu/v1/users/7', '/api/us/v2/users/8', '/api/eu/v3/users/9', '/users/7'];
    expect(await seriesAfter(paths)).toEqual([
      'GET /api/:region/v1/users/:id 200',
      'GET /api/:region/v2/users/:id 200',
      'GET unmatched 404',
    ]);
  });

  it('The endpoint label of a request is one for the versions of a header', async () => {
    application = await start(platform, {}, (app) => {
      app.enableVersioning({ type: VersioningType.HEADER, header: 'x-version' });
    });
    for (const version of ['1', '2'])
      await application.get('/users/7', { headers: { 'x-version': version } });
    expect((await settledSeries(application, 2)).requests).toEqual({ 'GET /users/:id 200': 2 });
  });

  it('The endpoint label of a request has the path of RouterModule, of lists and of wildcards', async () => {
    application = await start(platform);
    const paths = ['/shop/mine/orders/7', '/dogs/tiny/7', '/files/a/b.png', '/files/c'];
    const wildcard = platform === 'express' ? '/files/{*path}' : '/files/*';
    expect(await seriesAfter(paths)).toEqual([
      'GET /shop/:shop/orders/:id 200',
      'GET /dogs/tiny/:id 200',
      `GET ${wildcard} 200`,
    ]);
  });

  it('The endpoint label of a request is that of the route whose host does not match, or none', async () => {
    application = await start(platform);
    const [series] = await seriesAfter(['/tenants/7']);
    expect(series).toMatch(/^GET (unmatched|\/tenants\/:id) 404$/);
  });

  it('The endpoint label of a request is never one of the library, with or without a prefix', async () => {
    application = await start(platform, {}, (app) => app.setGlobalPrefix('api'));
    for (const path of ['/api/metrics', '/api/health', '/api/health/live', '/api/ready'])
      expect((await application.get(path)).status).toBe(200);
    expect(await seriesAfter(['/metrics'])).toEqual(['GET unmatched 404']);
    await application.close();
    application = await RunningApplication.start({
      platform,
      imports: [
        ObservabilityModule.forRoot({
          prometheus: { path: '/scrape', excludeFromGlobalPrefix: true },
          health: { path: '/probe', excludeFromGlobalPrefix: true },
        }),
      ],
      controllers: [UsersController],
      configure: (app) => app.setGlobalPrefix('api'),
    });
    for (const path of ['/scrape', '/probe', '/probe/live', '/live'])
      expect((await application.get(path)).status).toBe(200);
    expect(await seriesAfter(['/api/users/7'])).toEqual(['GET /api/users/:id 200']);
  });

  it('The endpoint label of a request has no series when it is excluded, by template or by what is above it', async () => {
    const exclude = ['/users/:id', '/files/*', '/cats/small/:id'];
    application = await start(platform, { http: { exclude } });
    const paths = ['/users/7', '/files/a', '/cats/small/7', '/cats/tiny/7'];
    for (const path of paths) await application.get(path);
    const { requests, concurrent } = await settledSeries(application, 1);
    expect(requests).toEqual({ 'GET /cats/tiny/:id 200': 1 });
    expect(concurrent).toEqual({ GET: 0 });
  });

  it('The endpoint label of a request is folded beyond the series limit, and paths make no series', async () => {
    application = await start(platform, { cardinality: { seriesLimit: 2 } });
    for (let i = 0; i < 20; i++) await application.get(`/users/${i}`);
    for (const path of ['/cats/small/1', '/cats/tiny/1', '/dogs/small/1', '/dogs/tiny/1'])
      await application.get(path);
    const { requests, durations } = await settledSeries(application, 24);
    expect(requests).toEqual({
      'GET /users/:id 200': 20,
      'GET /cats/small/:id 200': 1,
      '__other__ __other__ __other__': 3,
    });
    expect(Object.values(durations).toSorted((a, b) => a - b)).toEqual([1, 3, 20]);
  });

  it('The endpoint label of a request is unmatched where the path is malformed', async () => {
    application = await start(platform);
    expect((await application.get('/users/%E0%A4%A')).status).toBe(400);
    const { requests } = await settledSeries(application, 1);
    expect(requests).toEqual({ 'GET unmatched 400': 1 });
  });

  it('The endpoint label of a request is unmatched where a middleware answers, and where one throws', async () => {
    application = await start(platform, {}, (app) => {
      app.use((request: IncomingMessage, response: ServerResponse, next: (e?: Error) => void) => {
        if (request.url === '/login') response.writeHead(401).end();
        else if (request.url === '/broken') next(new Error('broken'));
        else next();
      });
    });
    expect(await seriesAfter(['/login', '/broken'])).toEqual([
      'GET unmatched 401',
      'GET unmatched 500',
    ]);
  });

  it('The endpoint label of a request is that of the route where a middleware of the route answers', async () => {
    @Module({ imports: [ObservabilityModule.forRoot()], controllers: [UsersController] })
    class GuardedModule {
      configure(consumer: MiddlewareConsumer): void {
        consumer
          .apply((_: unknown, response: ServerResponse) => void response.writeHead(401).end())
          .forRoutes({ path: 'users/:id', method: RequestMethod.GET });
      }
    }
    application = await RunningApplication.start({ platform, imports: [GuardedModule] });
    expect(await seriesAfter(['/users/7'])).toEqual(['GET /users/:id 401']);
  });
});

describe('an application that NestFactory makes', () => {
  @Module({ imports: [ObservabilityModule.forRootAsync({ useFactory: async () => ({}) })] })
  class AppModule {}

  it.each([
    ['express', () => new ExpressAdapter()],
    ['fastify', () => new FastifyAdapter()],
  ] as const)(
    'An application that NestFactory makes is measured from before its first middleware: %s',
    async (_platform, adapter) => {
      const app = await NestFactory.create(AppModule, adapter() as ExpressAdapter, {
        logger: false,
      });
      app.use((_: unknown, response: ServerResponse) => void response.writeHead(418).end());
      await app.listen(0, '127.0.0.1');
      application = Object.assign(Object.create(RunningApplication.prototype), {
        app,
        url: await app.getUrl(),
      });
      expect(await seriesAfter(['/anything'])).toEqual(['GET unmatched 418']);
    },
  );
});

describe('a router of Express', () => {
  it('A router of Express is named by where it is mounted, never by what the path has there', async () => {
    const router = Router();
    router.get('/items/:id', (_, response) => void response.end('item'));
    const nested = Router();
    nested.use('/deep', router);
    application = await start('express', {}, (app) => {
      app.use('/tenants/:tenant/legacy', nested);
      (app as NestExpressApplication).useStaticAssets('lib', { prefix: '/plain' });
    });
    const paths = ['/tenants/acme/legacy/deep/items/1', '/tenants/evil/legacy/deep/items/2'];
    expect(await seriesAfter(paths)).toEqual(['GET /tenants/:tenant/legacy/deep/items/:id 200']);
    expect(await seriesAfter(['/plain/index.ts'])).toContain('GET /plain 200');
  });
});

describe('Fastify', () => {
  it('Fastify is measured on HTTP/2 too', async () => {
    const adapter = new FastifyAdapter({ http2: true } as never);
    const testing = await Test.createTestingModule({
      imports: [ObservabilityModule.forRoot()],
      controllers: [PetsController],
    }).compile();
    const app = testing.createNestApplication(adapter, { logger: false });
    await app.listen(0, '127.0.0.1');
    const service = app.get(ObservabilityService);
    application = { app, service, close: () => app.close() } as RunningApplication;
    const session = connect((await app.getUrl()).replace('[::1]', '127.0.0.1'));
    for (const path of ['/cats/small/7', '/nowhere'])
      await once(session.request({ ':path': path }).resume(), 'close');
    const series = await settledSeries(application, 2);
    session.destroy();
    expect(series.requests).toEqual({ 'GET /cats/small/:id 200': 1, 'GET unmatched 404': 1 });
    expect(series.concurrent).toEqual({ GET: 0 });
  });

  it('Fastify is measured with the routes that an instance had before it was Nest that used it', async () => {
    const fastify = Fastify();
    fastify.get('/legacy/:id', () => Promise.resolve('legacy'));
    const testing = await Test.createTestingModule({
      imports: [ObservabilityModule.forRoot()],
      controllers: [PetsController],
    }).compile();
    const app = testing.createNestApplication(new FastifyAdapter(fastify as never), {
      logger: false,
    });
    await app.listen(0, '127.0.0.1');
    const service = app.get(ObservabilityService);
    application = { app, service, close: () => app.close() } as RunningApplication;
    for (const path of ['/legacy/7', '/cats/small/7', '/nowhere'])
      await (await fetch((await app.getUrl()) + path)).text();
    const series = await settledSeries(application, 3);
    expect(series.requests).toEqual({
      'GET /legacy/:id 200': 1,
      'GET /cats/small/:id 200': 1,
      'GET unmatched 404': 1,
    });
  });

  it('Fastify is measured without a server as well', async () => {
    application = await start('fastify');
    const app = application.app as NestFastifyApplication;
    await app.inject({ method: 'GET', url: '/cats/small/7' });
    const series = await settledSeries(application, 1);
    expect(series.requests).toEqual({ 'GET /cats/small/:id 200': 1 });
  });
});

describe('HTTP metrics', () => {
  it('HTTP metrics have the bounds of the option', async () => {
    application = await start('express', { http: { buckets: [0.5, 60] } });
    await seriesAfter(['/cats/small/7']);
    const text = await application.service.gather();
    const bounds = [...text.matchAll(/eventcore_request_duration_seconds_bucket\{.*le="([^"]+)"/g)];
    expect(bounds.map(([, bound]) => bound)).toEqual(['0.5', '60', '+Inf']);
  });

  it.each([[{ http: false as const }], [{ enabled: false }]])(
    'HTTP metrics are not recorded with %j',
    async (options) => {
      application = await start('express', options);
      await application.get('/cats/small/7');
      expect((await httpSeries(application)).requests).toEqual({});
    },
  );
});
