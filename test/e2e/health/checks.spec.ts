import { Controller, Get, Injectable, Logger, Module, Scope } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  MemoryHealthIndicator,
  TerminusModule,
} from '@nestjs/terminus';
import { afterEach, describe, expect, it } from 'vitest';
import {
  HealthIndicators,
  type HealthOptions,
  ObservabilityModule,
  type ObservabilityOptions,
  ObservabilityService,
  ObservedCheck,
  Projection,
} from '../../../lib/index.js';
import type { HeadSource, ProjectionScope } from '../../../lib/projections/index.js';
import type { MetricsExporter } from '../../../lib/metrics/index.js';
import { parseTextFormat } from '../../contract/text-format.js';
import { poll } from '../../system/poll.js';
import { ManualClock } from '../../../lib/testing/index.js';
import {
  type ApplicationContext,
  platforms,
  RunningApplication,
} from '../module/running-application.js';

Logger.overrideLogger(false);

let running: RunningApplication | undefined;

afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function start(
  health: HealthOptions,
  { imports = [], ...parts }: ApplicationContext = {},
  options: ObservabilityOptions = {},
): Promise<RunningApplication> {
  running = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ ...options, health }), ...imports],
    ...parts,
  });
  return running;
}

async function read(path: string, headers: Record<string, string> = {}) {
  const answer = await (running as RunningApplication).get(path, { headers });
  return { status: answer.status, body: JSON.parse(answer.text) as Record<string, unknown> };
}

const detailsOf = async (path: string) => (await read(path)).body['details'];

/** A part that says how it is. */
@Injectable()
class Carrier {
  answer: unknown = true;
  asked = 0;

  @ObservedCheck({ name: 'carrier', groups: ['ready', 'outside'], critical: false, cacheMs: 0 })
  async ask(): Promise<unknown> {
    this.asked++;
    return this.answer;
  }
}

@ObservedCheck({ name: 'ledger', groups: ['ready'], cacheMs: 0 })
@Injectable()
class Ledger {
  answer: unknown = true;

  check(): unknown {
    return this.answer;
  }
}

describe.each(platforms)('groups on %s', (platform) => {
  it('Health groups answer for their members, each at its own path', async () => {
    const { app } = await start(
      { groups: { outside: ['memory'] } },
      { platform, providers: [Carrier, Ledger] },
    );
    const carrier = app.get(Carrier);
    const ledger = app.get(Ledger);
    const keysOf = async (path: string) => Object.keys((await detailsOf(path)) as object);
    expect(await keysOf('/health/outside')).toEqual(['memory', 'carrier']);
    expect(await keysOf('/health/ready')).toEqual(['carrier', 'ledger']);
    expect(await keysOf('/health')).toEqual([
      ...['memory', 'event_loop', 'command_errors', 'carrier', 'ledger'],
    ]);
    expect(await keysOf('/health/live')).toEqual([]);
    expect((await (running as RunningApplication).get('/health/nobody')).status).toBe(404);
    carrier.answer = false;
    expect(await read('/health/ready')).toMatchObject({
      status: 200,
      body: { status: 'degraded', details: { carrier: { status: 'degraded', down: true } } },
    });
    ledger.answer = 'down';
    expect(await read('/ready')).toMatchObject({
      status: 503,
      body: { status: 'error', error: { ledger: { status: 'down', since: expect.any(String) } } },
    });
    expect((await read('/health')).status).toBe(503);
    expect((await read('/health/live')).status).toBe(200);
    expect((await read('/health/outside')).status).toBe(200);
  });

  it('Health groups say no more than the status to whoever may not see more', async () => {
    const details: HealthOptions['details'] = ({ headers }) => {
      if (headers['x-token'] === 'broken') throw new Error('broken');
      return headers['x-token'] === 'right';
    };
    await start({ details }, { platform });
    expect(await read('/health')).toEqual({ status: 200, body: { status: 'ok' } });
    expect((await read('/health', { 'x-token': 'broken' })).body).toEqual({ status: 'ok' });
    expect((await read('/health', { 'x-token': 'right' })).body).toHaveProperty('details.memory');
    await running?.close();
    await start({ details: 'never' }, { platform });
    expect((await read('/health/ready')).body).toEqual({ status: 'ok' });
  });

  it('Health groups answer within the limit of a check that hangs, throws, or answers rubbish', async () => {
    await start(
      {
        groups: { odd: ['hanging', 'throwing', 'rubbish'] },
        checks: [
          { name: 'hanging', timeoutMs: 50, check: () => new Promise<void>(() => undefined) },
          {
            name: 'throwing',
            check: () => {
              throw new RangeError('postgres://shop:hunter2@db');
            },
          },
          { name: 'rubbish', check: () => 'fine' as 'ok' },
        ],
      },
      { platform },
    );
    const { status, body } = await read('/health/odd');
    expect(status).toBe(503);
    expect(body['error']).toMatchObject({
      hanging: { status: 'down', reason: 'no answer within 50 ms' },
      throwing: { status: 'down', reason: 'RangeError' },
      rubbish: { status: 'down', reason: 'no answer of a health check' },
    });
    expect(JSON.stringify(body)).not.toContain('hunter2');
  });
});

describe('start-up', () => {
  it('Start-up health is over once every check of its group has been well, and stays over', async () => {
    let isWarm = false;
    await start({
      checks: [{ name: 'cache', groups: ['startup'], cacheMs: 0, check: () => isWarm }],
    });
    const statuses = () =>
      Promise.all(
        ['/health/startup', '/health/ready', '/health/live'].map(
          async (it) => (await read(it)).status,
        ),
      );
    expect(await statuses()).toEqual([503, 503, 200]);
    expect((await read('/health/ready')).body['status']).toBe('starting');
    isWarm = true;
    expect(await statuses()).toEqual([200, 200, 200]);
    isWarm = false;
    expect(await statuses()).toEqual([200, 200, 200]);
  });
});

describe('readiness that waits for projections', () => {
  it('Readiness that waits for projections begins when every one with a source has caught up once, and does not end with lag', async () => {
    let checkpoint = 1;

    @Injectable()
    class Log implements HeadSource {
      async observe(scopes: readonly ProjectionScope[]) {
        const reading = { head: 10, checkpoint, pendingEvents: 10 - checkpoint };
        return new Map(scopes.map(({ key }) => [key, reading]));
      }
    }
    @Injectable()
    class Revenue {
      @Projection({ name: 'Revenue', head: Log })
      async apply(): Promise<void> {}

      @Projection('Handled')
      async handle(): Promise<void> {}
    }
    const { service } = await start(
      { readyAfterCatchUp: true },
      { providers: [Log, Revenue] },
      { projections: { periodMs: 20 } },
    );
    const lag = (events: number) =>
      poll(async () => service.projection('Revenue').progress().lagEvents === events || undefined, {
        what: `a lag of ${events}`,
        timeoutMs: 5_000,
      });
    await lag(9);
    const statuses = async () => [
      (await read('/health/ready')).body['status'],
      (await read('/health/startup')).status,
    ];
    expect(await statuses()).toEqual(['starting', 503]);
    checkpoint = 10;
    await lag(0);
    expect(await statuses()).toEqual(['ok', 200]);
    checkpoint = 4;
    await lag(6);
    expect(await statuses()).toEqual(['ok', 200]);
  });
});

describe('a mistake stops the start', () => {
  @Injectable({ scope: Scope.REQUEST })
  class PerRequest {
    @ObservedCheck({ name: 'per_request' })
    ask(): void {}
  }
  @ObservedCheck({ name: 'no_method' })
  class NoMethod {}
  class Limitless {
    @ObservedCheck({ name: 'limitless', timeoutMs: 0 })
    ask(): void {}
  }
  class Twin {
    @ObservedCheck({ name: 'memory' })
    ask(): void {}
  }
  class Stray {
    @ObservedCheck({ name: 'stray', groups: ['nowhere'] })
    ask(): void {}
  }

  it.each<[string, HealthOptions, ApplicationContext, RegExp]>([
    ['a member that is no check', { groups: { own: ['nobody'] } }, {}, /groups\.own = "nobody"/],
    ['a group that nobody declares', {}, { providers: [Stray] }, /"nowhere".*one of live, ready/],
    ['a name that is taken', {}, { providers: [Twin] }, /"memory": one health check has it/],
    ['a check per request', {}, { providers: [PerRequest] }, /one instance/],
    ['a class without the method', {}, { providers: [NoMethod] }, /method check\(\)/],
    ['a limit of nothing', {}, { providers: [Limitless] }, /timeoutMs = 0/],
    [
      'a token that nobody provides',
      { checks: [{ name: 'a', inject: [Carrier], check: () => true }] },
      {},
      /Carrier: the token/,
    ],
  ])('A mistake stops the start: %s', async (_title, health, parts, message) => {
    const error = await start(health, parts).catch((it: unknown) => it);
    expect(error).toMatchObject({
      code: 'OBS_HEALTH_CHECK',
      message: expect.stringMatching(message),
    });
  });
});

describe('metrics', () => {
  it('Health check metrics tell what every check answered, and how long it took', async () => {
    const clock = new ManualClock();
    const checks: HealthOptions['checks'] = [
      { name: 'well', check: () => clock.advance(20) },
      { name: 'bad', check: () => false },
      { name: 'so_so', check: () => 'degraded' },
    ];
    await start({ checks }, {}, { clock });
    await read('/health');
    const families = parseTextFormat((await (running as RunningApplication).get('/metrics')).text);
    const valuesOf = (name: string) =>
      [...families.values()]
        .flatMap(({ samples }) => samples)
        .filter((it) => it.name === name)
        .map(({ labels, value }) => [labels['check'], value])
        .filter(([check]) => ['well', 'bad', 'so_so'].includes(check as string));
    expect(Object.fromEntries(valuesOf('eventcore_health_check_status'))).toEqual({
      well: 1,
      bad: 0,
      so_so: 0.5,
    });
    expect(
      Object.fromEntries(valuesOf('eventcore_health_check_duration_seconds_sum')),
    ).toMatchObject({ well: 0.02 });
  });
});

describe('indicators', () => {
  @Controller('own')
  class OwnController {
    constructor(
      readonly health: HealthCheckService,
      readonly indicators: HealthIndicators,
    ) {}

    @Get()
    @HealthCheck()
    check() {
      const { indicators } = this;
      return this.health.check([
        () => indicators.memory('memory'),
        () => indicators.eventLoop('loop'),
        () => indicators.commandErrors('commands'),
        () => indicators.projections('projections'),
        () => indicators.pools('pools'),
        () => indicators.circuitBreakers('breakers'),
        () => indicators.exporters('exporters'),
        () => indicators.eventStore('store', async () => 1),
        () => indicators.disk('disk', { minFreeRatio: 0 }),
      ]);
    }
  }

  it('Health indicators are understood by Terminus', async () => {
    const { service } = await start(
      {},
      { imports: [TerminusModule], controllers: [OwnController] },
    );
    const statusesNow = async () => {
      const details = (await detailsOf('/own')) as Record<string, { status: string }>;
      return Object.fromEntries(Object.entries(details).map(([key, { status }]) => [key, status]));
    };
    const allUp = Object.fromEntries(
      [
        ...['memory', 'loop', 'commands', 'projections', 'pools', 'breakers'],
        ...['exporters', 'store', 'disk'],
      ].map((it) => [it, 'up']),
    );
    expect(await statusesNow()).toEqual(allUp);
    service.registerPool('orders', () => ({ size: 5, available: 0, pending: 2 }));
    service.registerCircuitBreaker('carrier', { state: () => 'open' });
    expect(await statusesNow()).toEqual({ ...allUp, pools: 'degraded', breakers: 'degraded' });
    expect(await read('/own')).toMatchObject({
      status: 200,
      body: { details: { pools: { pressed: ['orders'] }, breakers: { open: ['carrier'] } } },
    });
  });

  it('Health indicators of exporters are degraded while the last export of metrics has failed', async () => {
    let isDown = true;
    const depot: MetricsExporter = {
      name: 'depot',
      open: () => ({
        intervalMs: 1,
        timeoutMs: 1_000,
        export: async () => {
          if (isDown) throw new Error('no room');
        },
      }),
    };
    const { app } = await start({}, {}, { exporters: [depot] });
    const indicators = app.get(HealthIndicators);
    const answerWith = (status: string) =>
      poll(
        async () => {
          const { delivery } = indicators.exporters('delivery');
          return delivery.status === status ? delivery : undefined;
        },
        { what: `the indicator is ${status}`, timeoutMs: 10_000 },
      );
    expect(await answerWith('degraded')).toEqual({
      status: 'degraded',
      lost_ratio: 0,
      failing: ['depot'],
    });
    isDown = false;
    expect(await answerWith('up')).toMatchObject({ failing: [] });
  });

  it.each([
    ['whose module the application imports', [TerminusModule]],
    ['whose module nobody imports', []],
  ])(
    'Health indicators and those of Terminus stand in the same list: %s',
    async (_title, imports) => {
      await start(
        {
          groups: {
            store: ['store', 'full', 'gone', 'heap'],
          },
          checks: [
            {
              name: 'store',
              inject: [HealthIndicators],
              check: (it: HealthIndicators) =>
                it.eventStore('store', () => Promise.reject(new TypeError('hunter2'))),
            },
            {
              name: 'full',
              inject: [HealthIndicators],
              check: (it: HealthIndicators) => it.disk('full', { minFreeRatio: 1.1 }),
            },
            {
              name: 'gone',
              inject: [HealthIndicators],
              check: (it: HealthIndicators) => it.disk('gone', { path: '/no/such/path' }),
            },
            {
              name: 'heap',
              inject: [MemoryHealthIndicator],
              check: (it: MemoryHealthIndicator) => it.checkHeap('heap', 1),
            },
          ],
        },
        { imports },
      );
      const { status, body } = await read('/health/store');
      expect(status).toBe(503);
      expect(body['error']).toMatchObject({
        store: { status: 'down', reason: 'TypeError' },
        full: { status: 'down', free_ratio: expect.any(Number) },
        gone: { status: 'down', code: 'ENOENT' },
        heap: { status: 'down' },
      });
      expect(JSON.stringify(body)).not.toContain('hunter2');
    },
  );
});

it('A service is found beside health that is off', async () => {
  @Module({ imports: [ObservabilityModule.forRoot({ health: false })] })
  class WithoutHealth {}
  running = await RunningApplication.start({ imports: [WithoutHealth] });
  expect(running.app.get(ObservabilityService, { strict: false })).toBeDefined();
  expect((await running.get('/health')).status).toBe(404);
});
