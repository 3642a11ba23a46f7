import {
  type ArgumentsHost,
  type BeforeApplicationShutdown,
  type CallHandler,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Injectable,
  Logger,
  Module,
  type NestInterceptor,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
  VersioningType,
} from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { map } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  HealthIndicators,
  ObservabilityModule,
  type ObservabilityModuleExtras,
  type ObservabilityOptions,
  Projection,
} from '../../../lib/index.js';
import { ManualClock } from '../../../lib/testing/index.js';
import {
  type ApplicationContext,
  platforms,
  RunningApplication,
} from '../module/running-application.js';

Logger.overrideLogger(false);

interface Body {
  readonly status: string;
  readonly info: Record<string, { status: string }>;
  readonly error: Record<string, unknown>;
  readonly details: Record<string, { status: string } & Record<string, unknown>>;
  readonly [fact: string]: unknown;
}

let running: RunningApplication | undefined;

afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function start(
  options: ObservabilityOptions & ObservabilityModuleExtras = {},
  { imports = [], ...parts }: ApplicationContext = {},
): Promise<RunningApplication> {
  running = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot(options), ...imports],
    ...parts,
  });
  return running;
}

async function read(url: string): Promise<{ status: number; body: Body; cache: string | null }> {
  const response = await fetch(url);
  const cache = response.headers.get('cache-control');
  return { status: response.status, body: (await response.json()) as Body, cache };
}

@Injectable()
class Revenue {
  @Projection('Revenue')
  async apply(): Promise<void> {}
}

describe.each(platforms)('health on %s', (platform) => {
  it('Health on %s tells what Terminus tells, and what the process does', async () => {
    const application = await start(
      { serviceVersion: '1.2.3' },
      { platform, providers: [Revenue] },
    );
    const call = application.service.startCommand('Import');
    const { status, body, cache } = await read(`${application.url}/health`);
    call.succeed();
    expect([status, cache]).toEqual([200, 'no-store']);
    expect(body).toMatchObject({
      status: 'ok',
      error: {},
      details: {
        memory: {
          status: 'up',
          heap_used_bytes: expect.any(Number),
          rss_bytes: expect.any(Number),
        },
        event_loop: { status: 'up', delay_p99_seconds: expect.any(Number) },
        command_errors: { status: 'up', error_ratio: 0, commands_last_minute: 0 },
      },
      version: '1.2.3',
      commands_executing: 1,
      projections_active: 1,
    });
    expect(body.info).toEqual(body.details);
    expect(body['uptime_seconds']).toBeGreaterThan(0);
    expect(body['memory_usage_mb']).toBeGreaterThan(10);
    expect(Object.keys(body).toSorted()).toEqual(
      [
        ...['status', 'info', 'error', 'details', 'uptime_seconds', 'version'],
        ...['commands_executing', 'projections_active', 'memory_usage_mb'],
      ].toSorted(),
    );
  });

  it.each(['/health/live', '/health/ready', '/live', '/ready'])(
    'Health on %s answers at %s',
    async (path) => {
      const application = await start({}, { platform });
      const { status, body } = await read(application.url + path);
      expect(status).toBe(200);
      expect(body).toMatchObject({ status: 'ok', info: {}, error: {}, details: {} });
      expect(body['uptime_seconds']).toBeGreaterThan(0);
    },
  );

  it('Health on %s can be elsewhere, without aliases, or off', async () => {
    const statuses = async (
      health: NonNullable<ObservabilityModuleExtras['health']>,
      ...paths: string[]
    ) => {
      const application = await start({ health }, { platform });
      const answers = await Promise.all(paths.map((it) => application.get(it)));
      await application.close();
      return answers.map(({ status }) => status);
    };
    const moved = { path: '/ops/well', aliases: false };
    const paths = ['/ops/well', '/ops/well/live', '/ops/well/ready', '/health', '/live', '/ready'];
    expect(await statuses(moved, ...paths)).toEqual([200, 200, 200, 404, 404, 404]);
    expect(await statuses({ path: '/' }, '/', '/live', '/ready')).toEqual([200, 200, 200]);
    expect(await statuses(false, '/health', '/live')).toEqual([404, 404]);
  });

  it('Health on %s moves with the global prefix unless it is excluded, and has no version', async () => {
    const configure: ApplicationContext['configure'] = (app) =>
      app
        .setGlobalPrefix('api')
        .enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    const inside = await start({}, { platform, configure });
    expect((await inside.get('/api/health/ready')).status).toBe(200);
    expect((await inside.get('/health')).status).toBe(404);
    await inside.close();
    const outside = await start(
      { health: { excludeFromGlobalPrefix: true } },
      { platform, configure },
    );
    for (const path of ['/health', '/health/live', '/health/ready', '/live', '/ready'])
      expect((await outside.get(path)).status, path).toBe(200);
    expect((await outside.get('/api/health')).status).toBe(404);
  });

  it('Health on %s is not disturbed by global interceptors and filters', async () => {
    @Injectable()
    class Envelope implements NestInterceptor {
      intercept(_context: ExecutionContext, next: CallHandler) {
        return next.handle().pipe(map((data: unknown) => ({ data })));
      }
    }
    @Catch()
    class Teapot implements ExceptionFilter {
      catch(_error: unknown, host: ArgumentsHost) {
        const response = host
          .switchToHttp()
          .getResponse<{ status(code: number): { send(it: string): void } }>();
        response.status(418).send('');
      }
    }
    const application = await start(
      { clock: new ManualClock() },
      {
        platform,
        providers: [
          { provide: APP_INTERCEPTOR, useClass: Envelope },
          { provide: APP_FILTER, useClass: Teapot },
        ],
      },
    );
    const { status, body } = await read(`${application.url}/health`);
    expect([status, body.status]).toEqual([200, 'ok']);
  });

  it('Health on %s is 503 for readiness and everything, 200 for liveness, from the start of a shutdown', async () => {
    const seen: Record<string, [number, string][]> = {};

    @Injectable()
    class Observer implements OnModuleDestroy, BeforeApplicationShutdown {
      async #look(hook: string): Promise<void> {
        const url = (running as RunningApplication).url;
        const answers = await Promise.all(
          ['/health', '/ready', '/live'].map((path) => read(url + path)),
        );
        seen[hook] = answers.map(({ status, body }) => [status, body.status]);
      }

      onModuleDestroy(): Promise<void> {
        return this.#look('destroy');
      }

      beforeApplicationShutdown(): Promise<void> {
        return this.#look('before shutdown');
      }
    }
    // Deeper than ours: Nest shuts it down later.
    @Module({ providers: [Observer] })
    class DeepModule {}
    @Module({ imports: [DeepModule] })
    class MiddleModule {}
    const application = await start({}, { platform, imports: [MiddleModule] });
    await application.close();
    running = undefined;
    const shutting: [number, string][] = [
      [503, 'shutting_down'],
      [503, 'shutting_down'],
      [200, 'ok'],
    ];
    expect(seen).toEqual({ destroy: shutting, 'before shutdown': shutting });
  });

  it('Health on %s is not ready before the last bootstrap hook has run', async () => {
    const seen: [string, number, string][] = [];
    const look = async (hook: string, host: HttpAdapterHost) => {
      const server = host.httpAdapter.getHttpServer() as import('node:http').Server;
      if (!server.listening) {
        await (host.httpAdapter.getInstance() as { ready?(): Promise<void> }).ready?.();
        await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      }
      const { port } = server.address() as { port: number };
      for (const path of ['/ready', '/live']) {
        const { status, body } = await read(`http://127.0.0.1:${port}${path}`);
        seen.push([`${hook} ${path}`, status, body.status]);
      }
    };

    @Injectable()
    class Warmup implements OnApplicationBootstrap {
      constructor(readonly host: HttpAdapterHost) {}

      onApplicationBootstrap(): Promise<void> {
        return look('provider', this.host);
      }
    }
    @Module({ imports: [ObservabilityModule.forRoot()], providers: [Warmup] })
    class RootModule implements OnApplicationBootstrap {
      constructor(readonly host: HttpAdapterHost) {}

      onApplicationBootstrap(): Promise<void> {
        return look('root module', this.host);
      }
    }
    const { NestFactory } = await import('@nestjs/core');
    const { FastifyAdapter } = await import('@nestjs/platform-fastify');
    const app =
      platform === 'express'
        ? await NestFactory.create(RootModule, { logger: false })
        : await NestFactory.create(RootModule, new FastifyAdapter(), { logger: false });
    await app.init();
    await look('afterwards', app.get(HttpAdapterHost));
    await app.close();
    expect(seen).toEqual([
      ['provider /ready', 503, 'starting'],
      ['provider /live', 200, 'ok'],
      ['root module /ready', 503, 'starting'],
      ['root module /live', 200, 'ok'],
      ['afterwards /ready', 200, 'ok'],
      ['afterwards /live', 200, 'ok'],
    ]);
  });
});

describe('an indicator', () => {
  it('An indicator of memory degrades above its share of the heap limit, and the answer stays 200', async () => {
    const application = await start({ health: { maxHeapRatio: 0 } });
    const { status, body } = await read(`${application.url}/health`);
    expect([status, body.status, body.details['memory']?.status]).toEqual([
      200,
      'degraded',
      'degraded',
    ]);
    expect((await application.get('/ready')).status).toBe(200);
  });

  it('An indicator of commands degrades when more than its share of the last minute failed', async () => {
    const clock = new ManualClock();
    const application = await start({ clock, health: { maxCommandErrorRatio: 0.5 } });
    const finish = (failed: number, succeeded: number) => {
      for (let i = 0; i < failed; i++) application.service.startCommand('A').fail(new Error());
      for (let i = 0; i < succeeded; i++) application.service.startCommand('A').succeed();
    };
    const level = async () =>
      (await read(`${application.url}/health`)).body.details['command_errors'];
    finish(9, 0);
    expect(await level()).toMatchObject({ status: 'up', error_ratio: 1, commands_last_minute: 9 });
    finish(0, 9);
    expect(await level()).toMatchObject({ status: 'up', error_ratio: 0.5 });
    finish(1, 0);
    expect(await level()).toMatchObject({ status: 'degraded', commands_last_minute: 19 });
    clock.advance(61_000);
    await level();
    clock.advance(61_000);
    expect(await level()).toMatchObject({ status: 'up', commands_last_minute: 0 });
  });

  it('An indicator of the event loop is degraded for every probe after a stall, whoever read before', async () => {
    const application = await start({ health: { maxEventLoopDelayMs: 100 } });
    const level = async () => (await read(`${application.url}/health`)).body.details['event_loop'];
    await level();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
    await application.get('/metrics');
    const first = await level();
    expect(first).toMatchObject({ status: 'degraded' });
    expect(first?.['delay_p99_seconds']).toBeGreaterThan(0.5);
    expect(await level()).toMatchObject({ status: 'degraded' });
  });

  it('An indicator that throws is down with its reason, not a 500', async () => {
    const application = await start({
      health: {
        checks: [
          {
            name: 'broken',
            check: () => {
              throw new RangeError('secret');
            },
          },
        ],
      },
    });
    const { status, body } = await read(`${application.url}/health`);
    expect([status, body.status]).toEqual([503, 'error']);
    expect(body.error).toMatchObject({ broken: { status: 'down', reason: 'RangeError' } });
    expect(JSON.stringify(body)).not.toContain('secret');
    expect((await application.get('/live')).status).toBe(200);
    expect((await application.get('/ready')).status).toBe(200);
  });
});

describe("beside the application's own Terminus", () => {
  @Controller('own')
  class OwnController {
    constructor(readonly health: HealthCheckService) {}

    @Get()
    @HealthCheck()
    check() {
      return this.health.check([() => ({ db: { status: 'down' as const } })]);
    }
  }

  it.each([
    ['static, before', () => [TerminusModule, ObservabilityModule.forRoot()]],
    ['static, after', () => [ObservabilityModule.forRoot(), TerminusModule]],
    [
      'with options',
      () => [
        TerminusModule.forRoot({ logger: false, gracefulShutdownTimeoutMs: 1 }),
        ObservabilityModule.forRoot(),
      ],
    ],
  ])("Beside the application's own Terminus both answer: %s", async (_title, imports) => {
    running = await RunningApplication.start({ imports: imports(), controllers: [OwnController] });
    expect((await read(`${running.url}/own`)).status).toBe(503);
    expect(await read(`${running.url}/health`)).toMatchObject({
      status: 200,
      body: { status: 'ok' },
    });
    expect((await running.get('/ready')).status).toBe(200);
  });
});

it("Beside checks that inject something there is one Terminus, the application's", async () => {
  const checks = [{ name: 'orders', inject: [HealthIndicators], check: () => true }];
  const options = { logger: false, gracefulShutdownTimeoutMs: 1 };
  running = await RunningApplication.start({
    imports: [TerminusModule.forRoot(options), ObservabilityModule.forRoot({ health: { checks } })],
  });
  const modules = [...running.app.get(ModulesContainer).values()];
  const [terminus, ...others] = modules.filter(({ metatype }) => metatype === TerminusModule);
  expect(others).toEqual([]);
  expect(terminus?.providers.get('TERMINUS:MODULE_OPTIONS')?.instance).toEqual(options);
  expect((await read(`${running.url}/health`)).status).toBe(200);
});

it('A testing module without a server compiles with health', async () => {
  const testing = await Test.createTestingModule({
    imports: [ObservabilityModule.forRoot()],
  }).compile();
  await testing.init();
  await expect(testing.close()).resolves.toBeUndefined();
});
