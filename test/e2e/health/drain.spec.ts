import { once } from 'node:events';
import { Agent, get as httpGet, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, type Server } from 'node:net';
import {
  type BeforeApplicationShutdown,
  Controller,
  Get,
  Injectable,
  Logger,
  Module,
  type OnModuleDestroy,
  type OnModuleInit,
  Post,
} from '@nestjs/common';
import {
  CommandBus,
  CommandHandler,
  CqrsModule,
  EventBus,
  EventsHandler,
  type ICommandHandler,
  type IEventHandler,
} from '@nestjs/cqrs';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import { HealthCheck, HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ApplicationDrain,
  type DrainOptions,
  ObservabilityModule,
  ObservabilityService,
} from '../../../lib/index.js';
import { poll } from '../../system/poll.js';
import {
  type ApplicationContext,
  platforms,
  RunningApplication,
} from '../module/running-application.js';

Logger.overrideLogger(false);

/** Something that ends when the test says so. */
class Gate {
  open!: () => void;
  reach!: () => void;
  readonly opened = new Promise<void>((resolve) => (this.open = resolve));
  readonly reached = new Promise<void>((resolve) => (this.reach = resolve));

  async pass(): Promise<void> {
    this.reach();
    await this.opened;
  }
}

class Place {
  constructor(readonly order: number) {}
}
class Placed {
  constructor(readonly order: number) {}
}

/** What the test decides and sees. */
class Script {
  readonly command = new Gate();
  readonly event = new Gate();
  readonly applied: number[] = [];
  readonly hooks: string[] = [];
}

@CommandHandler(Place)
class PlaceHandler implements ICommandHandler<Place> {
  constructor(
    readonly events: EventBus,
    readonly script: Script,
  ) {}

  async execute({ order }: Place): Promise<number> {
    if (order === 1) await this.script.command.pass();
    this.events.publish(new Placed(order));
    return order;
  }
}

@EventsHandler(Placed)
class PlacedHandler implements IEventHandler<Placed> {
  constructor(readonly script: Script) {}

  async handle({ order }: Placed): Promise<void> {
    if (order === 1) await this.script.event.pass();
    this.script.applied.push(order);
  }
}

@Controller('orders')
class OrdersController {
  constructor(readonly commands: CommandBus) {}

  @Post('slow')
  slow(): Promise<number> {
    return this.commands.execute(new Place(1));
  }

  @Post('fast')
  fast(): Promise<number> {
    return this.commands.execute(new Place(2));
  }
}

@Controller('own')
class OwnHealth {
  constructor(readonly health: HealthCheckService) {}

  @Get()
  @HealthCheck()
  check() {
    return this.health.check([]);
  }
}

@Injectable()
class Teardown implements OnModuleDestroy, BeforeApplicationShutdown {
  constructor(readonly script: Script) {}

  onModuleDestroy(): void {
    this.script.hooks.push(`destroy, ${this.script.applied.length} applied`);
  }

  beforeApplicationShutdown(): void {
    this.script.hooks.push('before shutdown');
  }
}

@Module({ imports: [CqrsModule] })
class FeatureModule {}

let running: RunningApplication | undefined;
let closing: Promise<void> | undefined;

afterEach(async () => {
  const script = running?.app.get(Script, { strict: false });
  script?.command.open();
  script?.event.open();
  await closing?.catch(() => undefined);
  await running?.close();
  running = closing = undefined;
});

async function start(
  drain: DrainOptions | false,
  { imports = [], providers = [], controllers = [], ...parts }: ApplicationContext = {},
): Promise<RunningApplication> {
  running = await RunningApplication.start({
    imports: [CqrsModule, FeatureModule, ObservabilityModule.forRoot({ drain }), ...imports],
    providers: [Script, PlaceHandler, PlacedHandler, Teardown, ...providers],
    controllers: [OrdersController, ...controllers],
    ...parts,
  });
  return running;
}

function post(path: string): Promise<number> {
  const url = (running as RunningApplication).url + path;
  return fetch(url, { method: 'POST' }).then(({ status }) => status);
}

const statusesOf = async (...paths: string[]) =>
  Promise.all(paths.map(async (it) => (await (running as RunningApplication).get(it)).status));

const phaseIs = (phase: string) =>
  poll(
    async () =>
      (running as RunningApplication).app.get(ApplicationDrain).phase === phase || undefined,
    {
      what: phase,
      timeoutMs: 5_000,
    },
  );

describe.each(platforms)('a drain on %s', (platform) => {
  it('A drain lets commands and the handlers of their events finish before anything is torn down', async () => {
    const { app } = await start({ readinessDelayMs: 300 }, { platform });
    const script = app.get(Script);
    const slow = post('/orders/slow');
    await script.command.reached;
    closing = app.close();
    expect(await statusesOf('/health/live', '/health/ready', '/health')).toEqual([200, 503, 503]);
    expect(await post('/orders/fast')).toBe(201);
    expect(script.applied).toEqual([2]);
    await phaseIs('draining');
    expect(await post('/orders/fast')).toBe(201);
    expect(await statusesOf('/health/live', '/health/ready')).toEqual([200, 503]);
    script.command.open();
    await script.event.reached;
    expect(await slow).toBe(201);
    expect(script.hooks).toEqual([]);
    expect(await statusesOf('/health/live')).toEqual([200]);
    script.event.open();
    await closing;
    expect(script.applied).toEqual([2, 2, 1]);
    expect(script.hooks).toEqual(['destroy, 3 applied', 'before shutdown']);
  });

  it('A drain refuses new work after the delay, if asked, and answers for the application itself', async () => {
    const { app, url } = await start({ newWork: 'refuse' }, { platform });
    const script = app.get(Script);
    const slow = post('/orders/slow');
    await script.command.reached;
    closing = app.close();
    await phaseIs('draining');
    const refused = await fetch(`${url}/orders/fast?x=1`, {
      method: 'POST',
      body: 'x'.repeat(100_000),
    });
    expect([refused.status, refused.headers.get('connection')]).toEqual([503, 'close']);
    expect(await refused.json()).toEqual({
      statusCode: 503,
      message: 'Service Unavailable',
      error: 'The application shuts down.',
    });
    expect(await statusesOf('/health/live', '/health/ready', '/metrics')).toEqual([200, 503, 200]);
    script.command.open();
    script.event.open();
    expect(await slow).toBe(201);
    await closing;
    expect(script.applied).toEqual([1]);
  });

  it('A drain refuses what arrives after it, when its events would be lost', async () => {
    const seen: number[] = [];

    @Injectable()
    class Late implements OnModuleDestroy {
      async onModuleDestroy(): Promise<void> {
        seen.push(
          await post('/orders/fast'),
          ...(await statusesOf('/health/live', '/health/ready')),
        );
      }
    }
    const { app } = await start({}, { platform, providers: [Late] });
    await app.close();
    expect(seen).toEqual([503, 200, 503]);
    expect(app.get(Script).applied).toEqual([]);
  });

  it('A drain comes before an adapter that refuses everything once it closes', async () => {
    const { app } = await start({ newWork: 'finish' }, { platform, return503OnClosing: true });
    const script = app.get(Script);
    const slow = post('/orders/slow');
    await script.command.reached;
    closing = app.close();
    await phaseIs('draining');
    expect(await statusesOf('/health/live', '/health/ready')).toEqual([200, 503]);
    expect(await post('/orders/fast')).toBe(201);
    script.command.open();
    script.event.open();
    expect(await slow).toBe(201);
    await closing;
    expect(script.applied).toEqual([2, 1]);
  });

  it('A drain gives up after its time limit', async () => {
    const { app } = await start({ timeoutMs: 50 }, { platform });
    const script = app.get(Script);
    const slow = post('/orders/slow').catch(() => 0);
    await script.command.reached;
    closing = app.close();
    await phaseIs('drained');
    await poll(async () => script.hooks[0], { what: 'hooks', timeoutMs: 5_000 });
    expect(script.hooks[0]).toBe('destroy, 0 applied');
    script.command.open();
    script.event.open();
    await slow;
  });

  it('A drain has keep-alive clients come back on another connection', async () => {
    const { app, url } = await start({ readinessDelayMs: 300 }, { platform });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async () => {
      const request = httpGet(`${url}/health/live`, { agent });
      const [response] = (await once(request, 'response')) as [IncomingMessage];
      response.resume();
      await once(response, 'end');
      return [response.headers.connection, request.reusedSocket];
    };
    expect(await ask()).toEqual(['keep-alive', false]);
    expect(await ask()).toEqual(['keep-alive', true]);
    closing = app.close();
    expect(await ask()).toEqual(['close', true]);
    expect(await ask()).toEqual(['close', false]);
    await closing;
    agent.destroy();
  });

  it('A drain does not wait for requests behind one that the client gave up', async () => {
    const { app, url } = await start({}, { platform });
    const script = app.get(Script);
    const { port } = new URL(url);
    const socket = connect(Number(port), '127.0.0.1');
    const line = (path: string) =>
      `POST ${path} HTTP/1.1\r\nHost: test\r\nContent-Length: 0\r\n\r\n`;
    socket.write(line('/orders/slow') + line('/orders/fast').repeat(20));
    await script.command.reached;
    await poll(async () => script.applied.length === 20 || undefined, {
      what: 'the requests behind it',
      timeoutMs: 5_000,
    });
    socket.destroy();
    script.command.open();
    script.event.open();
    const startedMs = performance.now();
    await app.close();
    expect(script.applied.length).toBe(21);
    expect(performance.now() - startedMs).toBeLessThan(5_000);
  });

  it('A drain is run once, however often it is asked for', async () => {
    const { app } = await start({ readinessDelayMs: 50 }, { platform });
    const phases = app.get(Script).hooks;
    await Promise.all([app.close(), app.close()]);
    expect(phases.filter((it) => it.startsWith('destroy')).length).toBe(1);
  });

  it.each([
    ['static, before', () => [TerminusModule, ObservabilityModule.forRoot(DELAY)]],
    ['static, after', () => [ObservabilityModule.forRoot(DELAY), TerminusModule]],
    [
      'with options',
      () => [TerminusModule.forRoot({ logger: false }), ObservabilityModule.forRoot(DELAY)],
    ],
    ['deep below', () => [ObservabilityModule.forRoot(DELAY), TerminusDeepModule]],
  ])(
    'A drain is known to the health checks of the application: Terminus %s',
    async (_title, imports) => {
      running = await RunningApplication.start({
        imports: imports(),
        providers: [Script],
        controllers: [OwnHealth],
        platform,
      });
      expect(await statusesOf('/own', '/health')).toEqual([200, 200]);
      expect(executorsOf(running)).toBe(1);
      closing = running.app.close();
      expect(await statusesOf('/own', '/health', '/health/ready', '/health/live')).toEqual([
        503, 503, 503, 200,
      ]);
    },
  );
});

const DELAY = { drain: { readinessDelayMs: 200 } };

@Module({ imports: [TerminusModule], exports: [TerminusModule] })
class TerminusDeepModule {}

function executorsOf({ app }: RunningApplication): number {
  const modules = [...app.get(ModulesContainer).values()];
  const names = modules.flatMap(({ providers }) =>
    [...providers.keys()].map((it) => (typeof it === 'function' ? it.name : '')),
  );
  return names.filter((it) => it === 'HealthCheckExecutor').length;
}

describe('a drain', () => {
  it('A drain waits for what the application holds, and tells it to stop', async () => {
    const { app } = await start({});
    const drain = app.get(ApplicationDrain);
    expect([drain.phase, drain.signal.aborted]).toEqual(['serving', false]);
    const release = drain.hold('batch');
    closing = app.close();
    await phaseIs('draining');
    expect(drain.signal.aborted).toBe(true);
    expect(app.get(Script).hooks).toEqual([]);
    release();
    release();
    await closing;
    expect(app.get(Script).hooks.length).toBe(2);
  });

  it('A drain runs what the application wants done last before Nest tears anything down', async () => {
    const { app } = await start({});
    const script = app.get(Script);
    const last: string[] = [];
    const drain = app.get(ApplicationDrain);
    drain.onDrained('checkpoint', async () => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      last.push(`${script.applied.length} applied, ${script.hooks.length} hooks, ${drain.phase}`);
    });
    const slow = post('/orders/slow');
    await script.command.reached;
    closing = app.close();
    await phaseIs('draining');
    expect(last).toEqual([]);
    script.command.open();
    script.event.open();
    expect(await slow).toBe(201);
    await closing;
    expect(last).toEqual(['1 applied, 0 hooks, drained']);
  });

  it('A drain serves new requests for half of its time, when work never ceases', async () => {
    const { app } = await start({ timeoutMs: 2_000 });
    const release = app.get(ApplicationDrain).hold('batch');
    closing = app.close();
    await phaseIs('draining');
    expect(await post('/orders/fast')).toBe(201);
    const refused = async () => (await post('/orders/fast')) === 503 || undefined;
    expect(await poll(refused, { what: 'a refusal', timeoutMs: 5_000 })).toBe(true);
    expect(app.get(ApplicationDrain).phase).toBe('draining');
    release();
    await closing;
  });

  it('A drain beside a start leaves no server that would take orders', async () => {
    const gate = new Gate();

    @Injectable()
    class SlowStart implements OnModuleInit {
      async onModuleInit(): Promise<void> {
        await gate.pass();
      }
    }
    const testing = await Test.createTestingModule({
      imports: [CqrsModule, ObservabilityModule.forRoot()],
      controllers: [OrdersController],
      providers: [Script, PlaceHandler, PlacedHandler, SlowStart],
    }).compile();
    const app = testing.createNestApplication();
    const listening = app.listen(0, '127.0.0.1');
    await gate.reached;
    // Nest does not wait for the start, and finds no server to close.
    await app.close().catch(() => undefined);
    expect(app.get(ApplicationDrain).phase).toBe('drained');
    gate.open();
    const server = (await listening) as Server;
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/orders/fast`, { method: 'POST' });
    server.close();
    expect([answer.status, answer.headers.get('connection')]).toEqual([503, 'close']);
    expect(app.get(Script).applied).toEqual([]);
  });

  it('A drain is no wait when it is off', async () => {
    const { app, service } = await start(false);
    service.startCommand('Forgotten');
    await app.close();
    expect(app.get(ApplicationDrain).phase).toBe('drained');
  });

  it('A drain waits in an application without a server, too', async () => {
    @Module({ imports: [ObservabilityModule.forRoot()] })
    class WorkerModule {}
    const context = await NestFactory.createApplicationContext(WorkerModule, { logger: false });
    const call = context.get(ObservabilityService, { strict: false }).startCommand('Import');
    const close = context.close();
    await new Promise((resolve) => setImmediate(resolve));
    expect(context.get(ApplicationDrain, { strict: false }).phase).toBe('draining');
    call.succeed();
    await close;
  });
});
