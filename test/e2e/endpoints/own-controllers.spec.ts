import {
  type CanActivate,
  Controller,
  type ExecutionContext,
  Get,
  Injectable,
  Logger,
  Module,
  SetMetadata,
} from '@nestjs/common';
import { APP_GUARD, Reflector } from '@nestjs/core';
import { afterEach, describe, expect, it } from 'vitest';
import { HealthController } from '../../../lib/health/index.js';
import { ObservabilityModule, type ObservabilityModuleExtras } from '../../../lib/index.js';
import { Lifecycle } from '../../../lib/module/lifecycle.js';
import {
  type ApplicationContext,
  platforms,
  RunningApplication,
} from '../module/running-application.js';

Logger.overrideLogger(false);

const Public = () => SetMetadata('open', true);

/** As the documentation of Nest has it: closed unless a decorator opens it. */
@Injectable()
class ClosedGuard implements CanActivate {
  constructor(readonly reflector: Reflector) {}

  canActivate(context: ExecutionContext): boolean {
    return this.reflector.get<boolean>('open', context.getHandler()) === true;
  }
}

/** Counts requests by class and handler, as throttlers do. */
@Injectable()
class Throttler implements CanActivate {
  readonly counts = new Map<string, number>();

  canActivate(context: ExecutionContext): boolean {
    const key = `${context.getClass().name}-${context.getHandler().name}`;
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.set(key, count);
    return count <= 2;
  }
}

@Controller('orders')
class OrdersController {
  @Get()
  list(): string[] {
    return [];
  }
}

@Injectable()
class TokenStore {
  readonly token = 'probe';
}

@Module({ providers: [TokenStore], exports: [TokenStore] })
class TokenModule {}

@Injectable()
class TokenGuard implements CanActivate {
  constructor(readonly store: TokenStore) {}

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

async function start(extras: Partial<ObservabilityModuleExtras>, more: ApplicationContext = {}) {
  running = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot(extras)],
    controllers: [OrdersController],
    ...more,
  });
  return running;
}

const PATHS = ['/health', '/health/live', '/health/ready', '/health/startup', '/live', '/ready'];

const statuses = async (paths: readonly string[], headers: Record<string, string> = {}) =>
  Promise.all(paths.map(async (it) => (await running!.get(it, { headers })).status));

describe.each(platforms)('controllers of the endpoints on %s', (platform) => {
  it('Decorators of the options open probes and scrapes for a global guard that reads the handler, and nothing else', async () => {
    const providers = [{ provide: APP_GUARD, useClass: ClosedGuard }];
    await start({}, { platform, providers });
    expect(await statuses([...PATHS, '/metrics'])).toEqual(Array(7).fill(403));
    await running!.close();
    const decorators = [Public()];
    await start({ prometheus: { decorators }, health: { decorators } }, { platform, providers });
    expect(await statuses([...PATHS, '/metrics'])).toEqual(Array(7).fill(200));
    expect(await statuses(['/orders'])).toEqual([403]);
  });

  it('A throttler that counts by the names of class and handler counts each endpoint apart', async () => {
    const throttler = new Throttler();
    await start({}, { platform, providers: [{ provide: APP_GUARD, useValue: throttler }] });
    for (const path of [...PATHS, '/metrics'])
      expect(await statuses([path, path, path]), path).toEqual([200, 200, 403]);
    expect(throttler.counts.size).toBe(PATHS.length + 1);
  });

  it('Guards of the health endpoints inject from the imports of the options', async () => {
    await start({ health: { guards: [TokenGuard], imports: [TokenModule] } }, { platform });
    expect(await statuses(PATHS)).toEqual(Array(6).fill(403));
    expect(await statuses(PATHS, { 'x-token': 'probe' })).toEqual(Array(6).fill(200));
    expect(await statuses(['/metrics'])).toEqual([200]);
  });

  it('An own health controller keeps its decorators, and its further routes belong to the application', async () => {
    @Public()
    class OwnHealth extends HealthController {
      @Get('well')
      well(): string {
        return 'well';
      }
    }
    const providers = [{ provide: APP_GUARD, useClass: ClosedGuard }];
    const decorators = [Public()];
    const health = { controller: OwnHealth, decorators, path: '/ops' };
    await start({ health, prometheus: false }, { platform, providers });
    expect(await statuses(['/ops', '/ops/live', '/well'])).toEqual([200, 200, 200]);
    expect(await running!.service.gather()).toContain('endpoint="/well"');
  });

  it('Metrics and health share a separate port, and the application serves neither', async () => {
    const separate = { port: 0, host: '127.0.0.1' };
    await start({ prometheus: separate, health: { ...separate, groups: {} } }, { platform });
    const { metricsPort, healthPort } = running!.app.get(Lifecycle, { strict: false });
    expect(metricsPort).toBe(healthPort);
    expect(await statuses([...PATHS, '/metrics'])).toEqual(Array(7).fill(404));
    const url = `http://127.0.0.1:${metricsPort}`;
    const answers = await Promise.all([...PATHS, '/metrics'].map((it) => fetch(url + it)));
    expect(answers.map(({ status }) => status)).toEqual(Array(7).fill(200));
    expect(await answers[0]?.json()).toMatchObject({ status: 'ok' });
    expect(await answers[6]?.text()).toContain('eventcore_uptime_seconds');
    const diagnosed = running!.service.diagnose().endpoints;
    expect(diagnosed).toContainEqual({
      purpose: 'health',
      path: '/health/ready',
      answeredBy: 'library',
      port: healthPort,
    });
  });
});

it.each([
  [{ guards: [TokenGuard] }, 'guards'],
  [{ decorators: [Public()] }, 'decorators'],
  [{ controller: HealthController }, 'controller'],
])('A separate health port refuses %j with an option error', (more, name) => {
  expect(() => ObservabilityModule.forRoot({ health: { port: 0, ...more } })).toThrow(
    expect.objectContaining({
      code: 'OBS_OPTION_INVALID',
      message: expect.stringContaining(`health.${name}`),
    }),
  );
});
