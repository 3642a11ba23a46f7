import {
  All,
  Controller,
  Get,
  Header,
  HttpCode,
  type INestApplication,
  Logger,
  type MiddlewareConsumer,
  Module,
  type NestModule,
  Param,
  Post,
  type Type,
  VersioningType,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { createRequire } from 'node:module';
import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import {
  ObservabilityModule,
  type ObservabilityModuleExtras,
  type ObservabilityOptions,
} from '../../../lib/index.js';
import {
  type ApplicationContext,
  platforms,
  RunningApplication,
} from '../module/running-application.js';

Logger.overrideLogger(false);

@Controller('health')
class OwnHealth {
  @Get()
  @HttpCode(503)
  down(): string {
    return 'database down';
  }
}

@Controller()
class OwnPaths {
  @Get('live')
  live(): string {
    return 'live music';
  }

  @All('metrics')
  metrics(): string {
    return 'own numbers';
  }

  @Post('ready')
  ready(): string {
    return 'posted';
  }
}

/** Express, as far as it is used here. */
interface Express {
  get(path: string | RegExp | string[], handler: Handler): void;
  use(path: string, handler: unknown): void;
}
type Handler = (request: unknown, response: { send(body: string): unknown }) => void;

const express = createRequire(import.meta.url)('express') as { (): Express; Router(): Express };
const { Router } = express;

function catchAllFor(platform: (typeof platforms)[number]): Type {
  @Controller()
  class Anything {
    @All(platform === 'express' ? '*path' : '*')
    @Header('x-catch-all', 'yes')
    any(): string {
      return 'anything';
    }
  }
  return moduleOf(CatchAll, Anything);
}

@Controller()
class CatchAll {
  @Get(':slug')
  slug(@Param('slug') slug: string): string {
    return `page ${slug}`;
  }

  @Get(':section/:page')
  page(): string {
    return 'page of a section';
  }
}

let running: RunningApplication | undefined;
let warned: MockInstance<Logger['warn']>;

beforeEach(() => {
  warned = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
});

afterEach(async () => {
  warned.mockRestore();
  await running?.close().catch(() => undefined);
  running = undefined;
});

function moduleOf(...controllers: Type[]): Type {
  @Module({ controllers })
  class OwnModule {}
  return OwnModule;
}

/** Orders of the two modules. */
const ORDERS = ['first', 'last'] as const;

async function start(
  own: Type,
  order: (typeof ORDERS)[number],
  options: ObservabilityOptions & ObservabilityModuleExtras = {},
  more: ApplicationContext = {},
) {
  const imports = [ObservabilityModule.forRoot(options), own];
  running = await RunningApplication.start({
    imports: order === 'first' ? imports : imports.toReversed(),
    ...more,
  });
  return running;
}

const warnings = () => warned.mock.calls.map(([message]) => String(message));
const answer = async (path: string, init?: RequestInit) => {
  const { status, text } = await running!.get(path, init);
  return [status, text];
};
const owners = () =>
  Object.fromEntries(
    running!.service.diagnose().endpoints.map(({ path, answeredBy }) => [path, answeredBy]),
  );

describe.each(platforms)('paths on %s', (platform) => {
  describe.each(ORDERS)('with the library imported %s', (order) => {
    it('A path that a controller of the application serves exactly stays with the application, with one warning', async () => {
      await start(moduleOf(OwnHealth, OwnPaths), order, {}, { platform });
      expect(await answer('/health')).toEqual([503, 'database down']);
      expect(await answer('/live')).toEqual([200, 'live music']);
      expect(await answer('/metrics')).toEqual([200, 'own numbers']);
      expect(await answer('/ready', { method: 'POST' })).toEqual([201, 'posted']);
      expect(await answer('/ready')).toEqual([200, expect.stringContaining('"status":"ok"')]);
      expect((await running!.get('/health/live')).status).toBe(200);
      expect(warnings()).toEqual([
        expect.stringMatching(/\/metrics.*\/health.*\/live.*health\.path/),
      ]);
      expect(owners()).toEqual({
        '/metrics': 'application',
        '/health': 'application',
        '/health/live': 'library',
        '/live': 'application',
        '/health/ready': 'library',
        '/ready': 'library',
        '/health/startup': 'library',
      });
      const text = await running!.service.gather();
      expect(text).toContain('endpoint="/health",status="503"');
      expect(text).not.toContain('endpoint="/ready",status="200"');
    });

    it.each(['warn', 'error'] as const)(
      'A path of the application stays with it where Nest compares routes with the policy %s',
      async (policy) => {
        const routeConflictPolicy = { duplicate: policy, shadow: policy };
        await start(moduleOf(OwnHealth), order, {}, { platform, routeConflictPolicy });
        expect(await answer('/health')).toEqual([503, 'database down']);
        expect(await answer('/metrics')).toEqual([200, expect.stringContaining('eventcore_')]);
        const head = await fetch(`${running!.url}/metrics`, { method: 'HEAD' });
        expect([head.status, await head.text()]).toEqual([200, '']);
        expect(owners()).toMatchObject({ '/health': 'application', '/metrics': 'library' });
        expect(warnings()).toEqual([expect.stringMatching(/answer \/health:/)]);
      },
    );

    it('A route that matches any path leaves probes and scrapes to the library and answers all others', async () => {
      await start(catchAllFor(platform), order, {}, { platform });
      for (const path of [
        '/health',
        '/health/live',
        '/health/ready',
        '/live',
        '/ready',
        '/health?a=1',
      ])
        expect(await answer(path), path).toEqual([200, expect.stringContaining('"status":"ok"')]);
      expect(await answer('/metrics')).toEqual([200, expect.stringContaining('eventcore_')]);
      const head = await fetch(`${running!.url}/metrics`, { method: 'HEAD' });
      expect([head.status, head.headers.get('x-catch-all')]).toEqual([200, null]);
      expect(await answer('/healthy')).toEqual([200, 'page healthy']);
      expect(await answer('/health/other')).toEqual([200, 'page of a section']);
      expect(await answer('/health/live/deep')).toEqual([200, 'anything']);
      expect(await answer('/metrics', { method: 'POST' })).toEqual([200, 'anything']);
      expect(warnings()).toEqual([]);
      expect(new Set(Object.values(owners()))).toEqual(new Set(['library']));
    });

    it.each([
      ['prometheus.path', { prometheus: { path: '/live' } }],
      ['health.path', { health: { path: '/live', aliases: false } }],
    ])(
      'A path of the application that the option %s names stops the start',
      async (name, options) => {
        await expect(start(moduleOf(OwnPaths), order, options, { platform })).rejects.toMatchObject(
          {
            code: 'OBS_ENDPOINT_TAKEN',
            message: expect.stringContaining(name),
          },
        );
      },
    );

    it('Paths are compared with the global prefix, its excluded routes and the path of a module', async () => {
      @Controller('live')
      class Deep {
        @Get()
        live(): string {
          return 'deep';
        }
      }
      const deep = moduleOf(Deep);
      @Module({
        imports: [deep, RouterModule.register([{ path: 'ops', module: deep }])],
        controllers: [OwnHealth],
      })
      class Own {}
      const configure = (app: INestApplication) =>
        app
          .setGlobalPrefix('api', { exclude: ['health', 'metrics'] })
          .enableVersioning({ type: VersioningType.URI, defaultVersion: '2' });
      await start(Own, order, { health: { path: '/ops' } }, { platform, configure });
      expect(await answer('/v2/health')).toEqual([503, 'database down']);
      expect(await answer('/api/v2/ops/live')).toEqual([200, 'deep']);
      expect((await running!.get('/metrics')).status).toBe(200);
      expect((await running!.get('/api/ops/live')).status).toBe(200);
      expect(warnings()).toEqual([]);
      expect(owners()).toMatchObject({ '/metrics': 'library', '/api/ops/live': 'library' });
      expect(await running!.service.gather()).not.toContain('endpoint="/metrics"');
    });
  });

  it('Middleware in front of a probe still runs when a route of the application matches any path', async () => {
    @Module({ imports: [catchAllFor(platform)] })
    class Own implements NestModule {
      configure(consumer: MiddlewareConsumer) {
        const refuse = (_request: unknown, response: { statusCode: number; end(): void }) => {
          response.statusCode = 401;
          response.end();
        };
        consumer
          .apply((request: { url: string }, response: never, next: () => void) =>
            request.url.includes('let-me-in') ? next() : refuse(request, response),
          )
          .forRoutes('*path');
      }
    }
    await start(Own, 'last', {}, { platform });
    expect((await running!.get('/metrics')).status).toBe(401);
    expect((await running!.get('/metrics?let-me-in')).text).toContain('eventcore_');
  });
});

describe('routes that main.ts adds', () => {
  it('A route, a router and a handler at the same path keep it on Express', async () => {
    const configure = (app: INestApplication) => {
      const server = app.getHttpAdapter().getInstance() as Express;
      server.get(['/x', '/metrics'], (_request, response) => void response.send('own metrics'));
      const ops = Router();
      ops.get('/live', (_request, response) => void response.send('own live'));
      server.use('/health', ops);
      const ready: Handler = (_request, response) => void response.send('own ready');
      server.use('/ready', ready);
    };
    await start(moduleOf(), 'first', {}, { configure });
    expect(await answer('/metrics')).toEqual([200, 'own metrics']);
    expect(await answer('/health/live')).toEqual([200, 'own live']);
    expect(await answer('/ready')).toEqual([200, 'own ready']);
    expect(await answer('/health/ready')).toEqual([200, expect.stringContaining('"status":"ok"')]);
    expect(warnings()).toHaveLength(1);
    expect(owners()).toMatchObject({
      '/metrics': 'application',
      '/health/live': 'application',
      '/ready': 'application',
      '/live': 'library',
    });
  });

  it('An Express application that is mounted keeps its paths, however deep they are', async () => {
    const configure = (app: INestApplication) => {
      const probes = express();
      probes.get('/live', (_request, response) => void response.send('own live'));
      const health = express();
      health.get('/', (_request, response) => void response.send('own health'));
      health.use('/', probes);
      app.use('/health', health);
      const other = express();
      other.get('/:page', (_request, response) => void response.send('own page'));
      app.use(other);
    };
    await start(moduleOf(), 'first', {}, { configure });
    expect(await answer('/health')).toEqual([200, 'own health']);
    expect(await answer('/health/live')).toEqual([200, 'own live']);
    expect(await answer('/about')).toEqual([200, 'own page']);
    expect(await answer('/metrics')).toEqual([
      200,
      expect.stringContaining('eventcore_build_info'),
    ]);
    expect(warnings()).toHaveLength(1);
    expect(owners()).toMatchObject({
      '/health': 'application',
      '/health/live': 'application',
      '/health/ready': 'library',
      '/metrics': 'library',
    });
  });

  it('A fallback of a single-page application leaves probes and scrapes to the library on Express', async () => {
    const page: Handler = (_request, response) => void response.send('index.html');
    const configure = (app: INestApplication) => {
      const server = app.getHttpAdapter().getInstance() as Express;
      const pages = Router();
      pages.get('/*any', page);
      server.use('/', pages);
      server.get(/^\/(?!api)/, page);
    };
    await start(moduleOf(), 'first', {}, { configure });
    expect(await answer('/about')).toEqual([200, 'index.html']);
    for (const path of ['/health', '/HEALTH/live/', '/ready', '/metrics'])
      expect((await running!.get(path)).text, path).not.toBe('index.html');
    expect(warnings()).toEqual([]);
  });

  it('A route of a plugin that Fastify loads last keeps its path', async () => {
    interface Fastify {
      register(plugin: (it: Fastify, options: object, done: () => void) => void): void;
      get(path: string, handler: () => Promise<string>): void;
    }
    const configure = (app: INestApplication) => {
      const fastify = app.getHttpAdapter().getInstance() as unknown as Fastify;
      fastify.register((it, _options, done) => {
        it.get('/metrics', async () => 'plugin metrics');
        it.get('/health/*', async () => 'plugin page');
        done();
      });
    };
    await start(moduleOf(), 'first', {}, { platform: 'fastify', configure });
    expect(await answer('/metrics')).toEqual([200, 'plugin metrics']);
    expect(await answer('/health/else')).toEqual([200, 'plugin page']);
    expect(await answer('/health/live')).toEqual([200, expect.stringContaining('"status":"ok"')]);
    expect(warnings()).toHaveLength(1);
    expect(owners()).toMatchObject({ '/metrics': 'application', '/health/live': 'library' });
  });
});
