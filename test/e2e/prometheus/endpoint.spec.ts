import {
  type CallHandler,
  type CanActivate,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  Header,
  Injectable,
  Module,
  type NestInterceptor,
  UseGuards,
  type PipeTransform,
  StandardSchemaValidationPipe,
  VersioningType,
  type ArgumentsHost,
  Logger,
} from '@nestjs/common';
import { APP_FILTER, APP_INTERCEPTOR } from '@nestjs/core';
import { createServer } from 'node:http';
import { map } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  Command,
  ConfigurationError,
  ObservabilityModule,
  type ObservabilityModuleExtras,
  type ObservabilityOptions,
} from '../../../lib/index.js';
import { MetricsController, PrometheusExporter } from '../../../lib/exporters/prometheus/index.js';
import { parseTextFormat, sampleOf } from '../../contract/text-format.js';
import {
  answerOf,
  type ApplicationContext,
  platforms,
  RunningApplication,
} from '../module/running-application.js';

Logger.overrideLogger(false);

const TEXT = 'text/plain; version=0.0.4; charset=utf-8';

class PlaceOrder {
  constructor(readonly sku: string) {}
}

@Injectable()
class Orders {
  @Command()
  async place(command: PlaceOrder): Promise<string> {
    return command.sku;
  }
}

@Controller('orders')
class OrdersController {
  @Get()
  list(): string[] {
    return ['one'];
  }
}

@Injectable()
class TokenStore {
  readonly token = 'let-me-in';
}

@Module({ providers: [TokenStore], exports: [TokenStore] })
class TokenModule {}

@Injectable()
class TokenGuard implements CanActivate {
  constructor(private readonly store: TokenStore) {}

  canActivate(context: ExecutionContext): boolean {
    const { headers } = context.switchToHttp().getRequest<{ headers: Record<string, string> }>();
    return headers['x-token'] === this.store.token;
  }
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
    controllers: [OrdersController],
    providers: [Orders],
    ...parts,
  });
  return running;
}

describe.each(platforms)('GET /metrics on %s', (platform) => {
  it('`GET /metrics` answers in the text format 0.0.4 with global labels and what was done', async () => {
    const application = await start(
      { serviceName: 'shop', environment: 'test', labels: { region: 'eu"1' } },
      { platform },
    );
    await application.app.get(Orders).place(new PlaceOrder('a'));
    const { status, text, contentType } = await application.get('/metrics');
    expect([status, contentType]).toEqual([200, TEXT]);
    const labels = { service: 'shop', environment: 'test', region: 'eu"1' };
    expect(sampleOf(text, 'eventcore_commands_total', labels)).toBe(1);
    for (const { samples } of parseTextFormat(text).values())
      for (const sample of samples) expect(sample.labels).toMatchObject(labels);
  });

  it('`GET /metrics` can be at another path', async () => {
    const application = await start({ prometheus: { path: '/internal/prometheus' } }, { platform });
    expect((await application.get('/internal/prometheus')).status).toBe(200);
    expect((await application.get('/metrics')).status).toBe(404);
  });

  it('`GET /metrics` can be off, and then the service still gathers', async () => {
    const application = await start({ prometheus: false }, { platform });
    expect((await application.get('/metrics')).status).toBe(404);
    expect(await application.service.gather()).toContain('eventcore_uptime_seconds');
  });

  it('`GET /metrics` is behind the guards of the options, which inject from the imports', async () => {
    const prometheus = { guards: [TokenGuard], imports: [TokenModule] };
    const application = await start({ prometheus }, { platform });
    expect((await application.get('/metrics')).status).toBe(403);
    const headers = { 'x-token': 'let-me-in' };
    expect((await application.get('/metrics', { headers })).status).toBe(200);
    expect((await application.get('/orders')).status).toBe(200);
  });

  it('`GET /metrics` is behind the guards of a controller class of the application', async () => {
    @Controller('internal/numbers')
    @UseGuards(TokenGuard)
    class OwnController extends MetricsController {
      @Get('version')
      @Header('x-own', 'yes')
      version(): string {
        return '1';
      }
    }
    const prometheus = { controller: OwnController, imports: [TokenModule] };
    const application = await start({ prometheus }, { platform });
    const headers = { 'x-token': 'let-me-in' };
    expect((await application.get('/internal/numbers')).status).toBe(403);
    const { status, contentType } = await application.get('/internal/numbers', { headers });
    expect([status, contentType]).toEqual([200, TEXT]);
    expect((await application.get('/internal/numbers/version', { headers })).text).toBe('1');
    expect((await application.get('/metrics')).status).toBe(404);
  });

  it('`GET /metrics` is at /metrics when the controller class names no path', async () => {
    class OwnController extends MetricsController {}
    const application = await start({ prometheus: { controller: OwnController } }, { platform });
    expect((await application.get('/metrics')).status).toBe(200);
  });

  it('`GET /metrics` moves with the global prefix unless it is excluded', async () => {
    const configure: ApplicationContext['configure'] = (app) => app.setGlobalPrefix('api');
    const inside = await start({}, { platform, configure });
    expect((await inside.get('/api/metrics')).status).toBe(200);
    expect((await inside.get('/metrics')).status).toBe(404);
    await inside.close();
    const outside = await start(
      { prometheus: { excludeFromGlobalPrefix: true, path: '/ops/metrics.txt' } },
      { platform, configure },
    );
    expect((await outside.get('/ops/metrics.txt')).status).toBe(200);
    expect((await outside.get('/ops/metricsXtxt')).status).toBe(404);
    expect((await outside.get('/api/orders')).status).toBe(200);
    expect((await outside.get('/orders')).status).toBe(404);
  });

  it('`GET /metrics` keeps what the application itself excludes from its prefix', async () => {
    const application = await start(
      { prometheus: { excludeFromGlobalPrefix: true } },
      { platform, configure: (app) => app.setGlobalPrefix('api', { exclude: ['orders'] }) },
    );
    expect((await application.get('/orders')).status).toBe(200);
    expect((await application.get('/metrics')).status).toBe(200);
  });

  it('`GET /metrics` has no version', async () => {
    const application = await start(
      {},
      {
        platform,
        configure: (app) => app.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
      },
    );
    expect((await application.get('/metrics')).status).toBe(200);
    expect((await application.get('/v1/orders')).status).toBe(200);
  });

  it('`GET /metrics` is not disturbed by global interceptors, filters and pipes', async () => {
    @Injectable()
    class Envelope implements NestInterceptor {
      intercept(_context: ExecutionContext, next: CallHandler) {
        return next.handle().pipe(map((data: unknown) => ({ data })));
      }
    }
    class NothingPasses implements PipeTransform {
      transform(): never {
        throw new Error('invalid');
      }
    }
    @Catch()
    class Teapot implements ExceptionFilter {
      catch(_error: unknown, host: ArgumentsHost) {
        host
          .switchToHttp()
          .getResponse<{ status(code: number): { send(it: string): void } }>()
          .status(418)
          .send('');
      }
    }
    const application = await start(
      {},
      {
        platform,
        providers: [
          Orders,
          { provide: APP_INTERCEPTOR, useClass: Envelope },
          { provide: APP_FILTER, useClass: Teapot },
        ],
        configure: (app) =>
          app.useGlobalPipes(new StandardSchemaValidationPipe(), new NothingPasses()),
      },
    );
    expect((await application.get('/orders')).text).toBe('{"data":["one"]}');
    const { status, text, contentType } = await application.get('/metrics?name[]=x');
    expect([status, contentType]).toEqual([200, TEXT]);
    expect(parseTextFormat(text).has('eventcore_commands_total')).toBe(true);
    const exporter = application.app.get(PrometheusExporter, { strict: false });
    vi.spyOn(exporter, 'expose').mockRejectedValueOnce(new Error('no collector'));
    expect(await application.get('/metrics')).toMatchObject({
      status: 500,
      text: '# gathering metrics failed: Error: no collector\n',
      contentType: TEXT,
    });
  });

  it('`GET /metrics` answers HEAD without a body', async () => {
    const application = await start({}, { platform });
    const { status, text, contentType } = await application.get('/metrics', { method: 'HEAD' });
    expect([status, text, contentType]).toEqual([200, '', TEXT]);
  });
});

describe('the metrics on a port of their own', () => {
  it('The metrics on a port of their own are at the path there, and not in the application', async () => {
    const application = await start({
      prometheus: { port: 0, host: '127.0.0.1', path: '/numbers' },
    });
    expect((await application.get('/numbers')).status).toBe(404);
    expect((await application.get('/metrics')).status).toBe(404);
    const { metricsUrl } = application;
    const answer = await answerOf(await fetch(`${metricsUrl}/numbers?x=1`));
    expect([answer.status, answer.contentType]).toEqual([200, TEXT]);
    expect(sampleOf(answer.text, 'eventcore_commands_total')).toBe(0);
    expect((await fetch(`${metricsUrl}/metrics`)).status).toBe(404);
    const post = await fetch(`${metricsUrl}/numbers`, { method: 'POST' });
    expect([post.status, post.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    const head = await answerOf(await fetch(`${metricsUrl}/numbers`, { method: 'HEAD' }));
    expect([head.status, head.text]).toEqual([200, '']);
  });

  it('The metrics on a port of their own are gone when the application is closed', async () => {
    const application = await start({ prometheus: { port: 0 } });
    const { metricsUrl } = application;
    await (await fetch(`${metricsUrl}/metrics`)).text();
    await application.close();
    await expect(fetch(`${metricsUrl}/metrics`)).rejects.toThrow('fetch failed');
  });

  it('The metrics on a port of their own stop the start when the port is taken', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    try {
      const starting = start({ prometheus: { port, host: '127.0.0.1' } });
      await expect(starting).rejects.toMatchObject({
        code: 'OBS_ENDPOINT_TAKEN',
        problems: [
          {
            subject: 'prometheus.port',
            value: port,
            rule: 'the port must be free to listen on (EADDRINUSE)',
            remedy: 'Choose another port, or 0 for any.',
          },
        ],
      });
    } finally {
      await new Promise((resolve) => other.close(resolve));
    }
  });
});

describe('endpoints at one path', () => {
  it.each([
    [{ prometheus: { path: '/health' } }, '/health'],
    [{ prometheus: { path: '/live' } }, '/live'],
    [{ prometheus: {}, health: { path: '/metrics' } }, '/metrics'],
  ])('Endpoints at one path are refused: %j', (options, value) => {
    const act = () => ObservabilityModule.forRoot(options);
    expect(act).toThrow(ConfigurationError);
    expect(act).toThrow(expect.objectContaining({ code: 'OBS_ENDPOINT_TAKEN' }));
    expect(act).toThrow(`prometheus.path = "${value}"`);
  });
});
