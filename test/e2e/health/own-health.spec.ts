import {
  Controller,
  Get,
  Inject,
  Injectable,
  Logger,
  Module,
  type OnModuleDestroy,
  Post,
  type Type,
  VersioningType,
} from '@nestjs/common';
import { RouterModule } from '@nestjs/core';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { afterEach, describe, expect, it } from 'vitest';
import { ApplicationDrain, type DrainOptions, ObservabilityModule } from '../../../lib/index.js';
import { poll } from '../../system/poll.js';
import {
  type ApplicationContext,
  platforms,
  RunningApplication,
} from '../module/running-application.js';

Logger.overrideLogger(false);

/** As the documentation of Terminus has it. */
@Controller('my-health')
class MyHealthController {
  constructor(readonly health: HealthCheckService) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([() => ({ database: { status: 'up' as const } })]);
  }

  @Post('reset')
  reset(): string {
    return 'reset';
  }
}

/** By a property, without `@HealthCheck()`, and with a path of several segments. */
@Controller(['ops', 'internal'])
class OpsController {
  @Inject(HealthCheckService) readonly health!: HealthCheckService;

  @Get('well/:part')
  check() {
    return this.health.check([]);
  }
}

@Injectable()
class HealthFacade {
  constructor(readonly health: HealthCheckService) {}

  check() {
    return this.health.check([]);
  }
}

/** With the service of Terminus behind another one. */
@Controller()
class FacadeController {
  constructor(readonly facade: HealthFacade) {}

  @Get('facade')
  @HealthCheck()
  check() {
    return this.facade.check();
  }

  @Get('orders')
  orders(): string[] {
    return [];
  }
}

let running: RunningApplication | undefined;
let closing: Promise<void> | undefined;
let release: () => void = () => undefined;

afterEach(async () => {
  release();
  await closing?.catch(() => undefined);
  await running?.close();
  running = closing = undefined;
});

const seen: Record<string, number>[] = [];

/** Nest tears down what is deeper later than the drain. */
@Injectable()
class LateObserver implements OnModuleDestroy {
  async onModuleDestroy(): Promise<void> {
    seen.push(await statuses('/my-health', '/facade', '/health', '/health/live', '/orders'));
  }
}
@Module({ providers: [LateObserver] })
class DeepModule {}

async function start(drain: DrainOptions, parts: ApplicationContext = {}, prefix = '') {
  const { imports = [TerminusModule, ObservabilityModule.forRoot({ drain })], ...rest } = parts;
  running = await RunningApplication.start({
    imports: [...imports, DeepModule],
    controllers: [MyHealthController, OpsController, FacadeController],
    providers: [HealthFacade],
    ...rest,
  });
  const { app } = running;
  release = app.get(ApplicationDrain).hold('work');
  return { app, statusOf: async (path: string) => (await statuses(prefix + path))[prefix + path] };
}

async function statuses(...paths: string[]): Promise<Record<string, number>> {
  const { url } = running as RunningApplication;
  const answers = await Promise.all(paths.map(async (it) => (await fetch(url + it)).status));
  return Object.fromEntries(paths.map((it, i) => [it, answers[i] as number]));
}

const phaseIs = (phase: string) =>
  poll(async () => (running?.app.get(ApplicationDrain).phase === phase ? true : undefined), {
    what: phase,
    timeoutMs: 5_000,
  });

const ORDERS: readonly (readonly [string, (drain: DrainOptions) => NonNullable<unknown>[]])[] = [
  ['before', (drain) => [TerminusModule, ObservabilityModule.forRoot({ drain })]],
  ['after', (drain) => [ObservabilityModule.forRoot({ drain }), TerminusModule]],
  [
    'with options',
    (drain) => [ObservabilityModule.forRoot({ drain }), TerminusModule.forRoot({ logger: false })],
  ],
];

describe.each(platforms)('health controllers of the application on %s', (platform) => {
  it.each(ORDERS)(
    'Health controllers of the application say the same as those of the library in every phase: Terminus %s',
    async (_title, importsOf) => {
      seen.length = 0;
      const drain = { readinessDelayMs: 600, newWork: 'refuse' } as const;
      const { app } = await start(drain, { platform, imports: importsOf(drain) as [] });
      const both = ['/my-health', '/ops/well/all', '/internal/well/all', '/facade', '/health'];
      const all = (status: number) => Object.fromEntries(both.map((it) => [it, status]));
      expect(await statuses(...both)).toEqual(all(200));
      closing = app.close();
      await phaseIs('leaving');
      expect(await statuses(...both, '/orders')).toEqual({ ...all(503), '/orders': 200 });
      await phaseIs('draining');
      expect(await statuses(...both)).toEqual(all(503));
      // Refused, and answered: the bodies tell the two apart.
      expect(await bodyOf('/my-health')).toMatchObject({
        status: 'shutting_down',
        details: { database: { status: 'up' } },
      });
      for (const path of both)
        expect(await bodyOf(path), path).toMatchObject({ status: 'shutting_down' });
      expect(await bodyOf('/orders')).toMatchObject({ error: 'The application shuts down.' });
      expect(await bodyOf('/my-health/reset', 'POST')).toMatchObject({
        error: 'The application shuts down.',
      });
      expect(await statuses('/health/live')).toEqual({ '/health/live': 200 });
      release();
      await closing;
      expect(seen).toEqual([
        { '/my-health': 503, '/facade': 503, '/health': 503, '/health/live': 200, '/orders': 503 },
      ]);
    },
  );

  it('Health controllers of the application are found behind a prefix, a version and the path of a module', async () => {
    @Module({
      imports: [TerminusModule],
      controllers: [MyHealthController],
    })
    class OpsModule {}
    const drain = { newWork: 'refuse' } as const;
    const { app } = await start(drain, {
      platform,
      imports: [
        ObservabilityModule.forRoot({ drain }),
        OpsModule,
        RouterModule.register([{ path: 'deep', module: OpsModule as Type }]),
      ],
      controllers: [],
      providers: [],
      configure: (it) =>
        it
          .setGlobalPrefix('api')
          .enableVersioning({ type: VersioningType.URI, defaultVersion: '1' }),
    });
    const path = '/api/v1/deep/my-health';
    expect(await statuses(path)).toEqual({ [path]: 200 });
    closing = app.close();
    await phaseIs('draining');
    expect(await bodyOf(path)).toMatchObject({ status: 'shutting_down' });
    expect(await bodyOf('/api/v1/deep')).toMatchObject({ error: 'The application shuts down.' });
  });
});

async function bodyOf(path: string, method = 'GET'): Promise<unknown> {
  return (await fetch((running as RunningApplication).url + path, { method })).json();
}

it('A probe that waits for a check holds no shutdown up', async () => {
  @Controller('my-health')
  class HangingHealthController {
    constructor(readonly health: HealthCheckService) {}

    @Get()
    @HealthCheck()
    check() {
      return this.health.check([() => new Promise<never>(() => undefined)]);
    }
  }
  running = await RunningApplication.start({
    imports: [TerminusModule, ObservabilityModule.forRoot({ drain: { timeoutMs: 20_000 } })],
    controllers: [HangingHealthController],
  });
  const { app, url } = running;
  const probe = new AbortController();
  const asked = fetch(`${url}/my-health`, { signal: probe.signal }).catch(() => undefined);
  expect(await statuses('/health/live')).toEqual({ '/health/live': 200 });
  closing = app.close();
  await phaseIs('drained');
  probe.abort();
  await Promise.all([asked, closing]);
});
