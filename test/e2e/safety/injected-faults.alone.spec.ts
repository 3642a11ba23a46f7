import { StateChanges } from '../../../lib/kernel/state-changes.js';
import cluster, { type Worker } from 'node:cluster';
import { channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { BroadcastChannel, threadId } from 'node:worker_threads';
import { Controller, Get, Injectable } from '@nestjs/common';
import { CommandBus, CommandHandler, CqrsModule, EventBus, Saga } from '@nestjs/cqrs';
import { ClientProxy, type OutgoingEvent } from '@nestjs/microservices';
import { filter, lastValueFrom, map, type Observable, tap } from 'rxjs';
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ThreadHub } from '../../../lib/cluster/aggregate-threads.js';
import { aggregateCluster } from '../../../lib/cluster/index.js';
import { CHANNEL, encodeMessage } from '../../../lib/cluster/message.js';
import { observeFastify } from '../../../lib/http/fastify-requests.js';
import { OpenRequests } from '../../../lib/http/open-requests.js';
import { ObservabilityModule, ProjectionStatus } from '../../../lib/index.js';
import {
  type CallRecorder,
  DroppedResults,
  OpenCall,
} from '../../../lib/instrumentation/calls/call-recorder.js';
import { tracedClient } from '../../../lib/integrations/microservices/index.js';
import { GarbageCollection } from '../../../lib/integrations/node-runtime/node-runtime-metrics.js';
import { StreamCounter } from '../../../lib/integrations/event-store/stream-counter.js';
import { logging, type LogSink } from '../../../lib/logging/index.js';
import type { Histogram } from '../../../lib/metrics/index.js';
import { cockatielSource } from '../../../lib/resources/circuit-breakers/cockatiel-breaker.js';
import { ObservedBreaker } from '../../../lib/resources/circuit-breakers/observed-breaker.js';
import { opossumSource } from '../../../lib/resources/circuit-breakers/opossum-breaker.js';
import { HttpTraffic } from '../../../lib/shutdown/http-traffic.js';
import { Faults } from '../../../lib/tracing/index.js';
import { platforms, RunningApplication } from '../module/running-application.js';
import { expectNothingUnhandled, settled } from './hostile-values.js';

const broken = (): never => {
  throw new Error('injected');
};

/** An object with a getter that throws for each of the names. */
function hostile<T>(names: readonly string[], rest: object = {}): T {
  const getters = names.map((name) => [name, { get: broken, enumerable: true }] as const);
  return Object.defineProperties(rest, Object.fromEntries(getters)) as T;
}

function countedFaults() {
  const faults = new Faults({ monotonicMs: () => 0, wallMs: () => 0 });
  const reported: string[] = [];
  faults.connect({ count: (component) => void reported.push(component), log: () => undefined });
  return { faults, reported };
}

const running: RunningApplication[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((it) => it.close()));
});

@Controller()
class Doors {
  @Get('door')
  open(): string {
    return 'open';
  }
}

async function start(
  options: Parameters<typeof ObservabilityModule.forRoot>[0] = {},
  platform: (typeof platforms)[number] = 'express',
): Promise<RunningApplication> {
  const imports = [ObservabilityModule.forRoot(options)];
  const started = await RunningApplication.start({ platform, imports, controllers: [Doors] });
  running.push(started);
  return started;
}

async function errorsOf(application: RunningApplication, component: string): Promise<number> {
  const line = `eventcore_observability_errors_total{component="${component}"} `;
  const text = await application.service.gather();
  const found = text.split('\n').find((it) => it.startsWith(line));
  return found === undefined ? 0 : Number(found.slice(line.length));
}

describe('faults in callbacks of Node', () => {
  expectNothingUnhandled();

  it.each(platforms)(
    'A message of a diagnostics channel that throws when it is read is a fault, and requests go on on %s',
    async (platform) => {
      const application = await start({}, platform);
      channel('http.server.response.finish').publish(hostile(['socket']));
      channel('tracing:fastify.request.handler:start').publish(hostile(['request', 'route']));
      await settled();
      expect(await errorsOf(application, 'http')).toBe(1);
      expect((await application.get('/door')).text).toBe('open');
      expect(await application.service.gather()).toContain(
        'eventcore_api_requests_total{method="GET",endpoint="/door",status="200"} 1',
      );
    },
  );

  it('A connection that cannot be marked is a fault and is served', async () => {
    const faults: unknown[] = [];
    const server = new EventEmitter();
    new OpenRequests((fault) => faults.push(fault)).watch(server as unknown as Server);
    const socket = Object.freeze(new EventEmitter());
    expect(() => server.emit('connection', socket)).not.toThrow();
    expect(() => server.emit('connection', hostile(['on']))).not.toThrow();
    expect(() => server.emit('request', hostile(['httpVersionMajor']), {})).not.toThrow();
    expect(faults).toHaveLength(3);
  });

  it.each([
    ['with a server', { server: {} }],
    ['without a server', {}],
  ])('An end of a request %s that cannot be recorded is a fault', (_kind, socket) => {
    const faults: unknown[] = [];
    const requests = new OpenRequests((fault) => faults.push(fault));
    requests.follow({
      began: (open) => (open.recorder = { ended: broken, dropped: broken }),
    });
    const response = Object.assign(new EventEmitter(), { socket, end: () => 'ended' });
    requests.note({ socket } as unknown as IncomingMessage, response as unknown as ServerResponse);
    expect(response.end()).toBe('ended');
    expect(() => response.emit('finish')).not.toThrow();
    expect(() => response.emit('close')).not.toThrow();
    expect(faults).toHaveLength(1);
  });

  it('A record of garbage collections that fails is a fault', async () => {
    const { faults, reported } = countedFaults();
    const pauses = { labels: () => ({ observe: broken }) } as unknown as Histogram<'kind'>;
    const collections = new GarbageCollection(pauses, faults);
    collections.start();
    setFlagsFromString('--expose_gc');
    (runInNewContext('gc') as () => void)();
    await vi.waitFor(() => expect(reported).toContain('collector'));
    collections.stop();
  });

  it('An uncaught exception and an exit that cannot be logged are faults', async () => {
    const sink: LogSink = {
      name: 'broken',
      open: () => ({
        write: broken,
        flush: async () => undefined,
        flushSync: broken,
        close: async () => undefined,
      }),
    };
    const application = await start({ plugins: [logging({ sinks: [sink] })] });
    const error = hostile<Error>(['name', 'message', 'stack', 'code', 'cause']);
    const own = process.listeners('uncaughtExceptionMonitor').at(-1) as (it: unknown) => void;
    expect(() => own(error)).not.toThrow();
    const exit = process.listeners('exit').at(-1) as (code: number) => void;
    expect(() => exit(0)).not.toThrow();
    expect(await errorsOf(application, 'logging')).toBeGreaterThanOrEqual(2);
  });

  it('Timers go on while the clock of the application fails', async () => {
    const clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
    const application = await start({ clock });
    clock.monotonicMs = broken;
    clock.wallMs = broken;
    expect((await application.get('/door')).text).toBe('open');
    expect((await application.get('/metrics')).status).toBe(200);
    expect((await application.get('/health')).status).toBe(200);
    clock.monotonicMs = () => performance.now();
    expect(await errorsOf(application, 'clock')).toBeGreaterThan(0);
  });
});

describe('faults in callbacks of frameworks', () => {
  expectNothingUnhandled();

  it('Routes and requests of Fastify that cannot be read are faults, and go on', async () => {
    const faults: unknown[] = [];
    const requests = new OpenRequests((fault) => faults.push(fault));
    const hooks: Record<string, (...values: unknown[]) => void> = {};
    const fastify = {
      initialConfig: {},
      addHook: (name: string, hook: () => void) => void (hooks[name] = hook),
      printRoutes: () => '/ (GET)',
      setNotFoundHandler: () => undefined,
    };
    observeFastify({ getInstance: () => fastify as never }, requests);
    hooks['onRoute']?.(hostile(['url', 'method']));
    let isDone = false;
    hooks['onRequest']?.(hostile(['raw', 'routeOptions']), {}, () => (isDone = true));
    expect(isDone).toBe(true);
    expect(faults).toHaveLength(2);
    await settled();
  });

  it('A rule for probes that fails takes requests for work during a shutdown', () => {
    const { traffic, faults, server } = trafficOf([{}], broken);
    expect(traffic.count()).toBe(1);
    traffic.refuse();
    const answered = new EventEmitter();
    const response = { req: {}, setHeader: () => undefined, writeHead: () => undefined };
    const end = () => void answered.emit('end');
    let isEnded = false;
    answered.once('end', () => (isEnded = true));
    server.emit('request', { url: '/', resume: () => undefined }, { ...response, end });
    expect(isEnded).toBe(true);
    expect(faults.map(String)).toEqual(['Error: injected', 'Error: injected']);
  });

  it('A response that cannot be refused is destroyed, and its fault is counted', () => {
    const { traffic, faults, server } = trafficOf([], () => false);
    traffic.refuse();
    let isDestroyed = false;
    const response = { req: {}, setHeader: broken, destroy: () => (isDestroyed = true) };
    server.emit('request', { url: '/' }, response);
    expect(isDestroyed).toBe(true);
    expect(faults).toHaveLength(1);
  });

  it('A response whose connection cannot be closed after it is a fault of a shutdown', () => {
    const response = hostile<object>(['headersSent'], { req: {}, setHeader: () => undefined });
    const { traffic, faults } = trafficOf([response, {}], () => false);
    expect(() => traffic.closeConnections()).not.toThrow();
    expect(faults).toHaveLength(1);
  });

  it('A stream that cannot be ended is a fault of a shutdown, and the others are ended', () => {
    const headers = { headersSent: true, getHeader: () => 'text/event-stream' };
    let isEnded = false;
    const responses = [
      { ...headers, getHeader: broken },
      { ...headers, destroy: broken },
      { ...headers, destroy: () => (isEnded = true) },
    ];
    const { traffic, faults } = trafficOf(responses, () => false);
    expect(() => traffic.endStreams()).not.toThrow();
    expect(isEnded).toBe(true);
    expect(faults).toHaveLength(2);
  });

  function trafficOf(responses: readonly object[], isProbe: () => boolean) {
    const faults: unknown[] = [];
    const requests = new OpenRequests((fault) => faults.push(fault));
    const server = new EventEmitter();
    for (const it of responses)
      requests.note(
        { url: '/', socket: { server } } as unknown as IncomingMessage,
        Object.defineProperties(
          new EventEmitter(),
          Object.getOwnPropertyDescriptors(it),
        ) as unknown as ServerResponse,
      );
    faults.length = 0;
    return {
      faults,
      server,
      traffic: new HttpTraffic(requests, server as unknown as Server, isProbe),
    };
  }
});

describe('faults in callbacks of peers', () => {
  expectNothingUnhandled();

  it.each(['open', 'halfOpen', 'close', 'reject'])(
    'An event %s of a breaker of opossum that cannot be counted is a fault, and the breaker goes on',
    (event) => {
      const breaker = Object.assign(new EventEmitter(), { name: 'b', opened: true });
      const { observed, reported } = observedBreaker(opossumSource(breaker as never));
      observed.start();
      Object.assign(breaker, { opened: false });
      expect(() => breaker.emit(event)).not.toThrow();
      const states = { open: 0, halfOpen: 1, close: 1, reject: 1 };
      expect(reported).toHaveLength(states[event as keyof typeof states]);
    },
  );

  it('A transition and a refusal of a breaker of cockatiel that cannot be counted are faults', () => {
    let changed: (state: number) => void = () => undefined;
    const breaker = {
      state: 1,
      execute: () => 'refused',
      onStateChange: (listener: (state: number) => void) => {
        changed = listener;
        return { dispose: () => undefined };
      },
    };
    const { observed, reported } = observedBreaker(cockatielSource(breaker));
    observed.start();
    expect(breaker.execute()).toBe('refused');
    expect(() => changed(0)).not.toThrow();
    expect(reported).toEqual(['circuit_breaker', 'circuit_breaker']);
    observed.stop();
  });

  function observedBreaker(source: Parameters<typeof newBreaker>[0]) {
    const { faults, reported } = countedFaults();
    return { observed: newBreaker(source, faults), reported };
  }

  function newBreaker(
    source: ConstructorParameters<typeof ObservedBreaker>[0]['source'],
    faults: Faults,
  ) {
    const series = { inc: broken } as never;
    const transitions = { closed: series, open: series, half_open: series };
    return new ObservedBreaker({
      name: 'b',
      source,
      changes: new StateChanges(),
      faults,
      series: { transitions, rejections: series },
      ended: broken,
    });
  }

  it('A message that cannot carry a trace context is sent as it is, and its answer is not read', async () => {
    const { faults, reported } = countedFaults();
    const sent: unknown[] = [];
    const message = hostile<object>(['metadata'], { pattern: 'find' });
    class Client extends ClientProxy {
      constructor() {
        super();
        this.initializeSerializer({ serializer: { serialize: () => message } });
      }

      async connect(): Promise<void> {}
      close(): void {}
      unwrap<T>(): T {
        return undefined as T;
      }
      publish(packet: OutgoingEvent, callback: (answer: object) => void): () => void {
        sent.push(this.serializer.serialize(packet));
        callback({ response: 'answer', isDisposed: true });
        return () => undefined;
      }
      async dispatchEvent<T>(packet: OutgoingEvent): Promise<T> {
        sent.push(this.serializer.serialize(packet));
        return 'dispatched' as T;
      }
    }
    const client = tracedClient(new Client(), { faults });
    expect(await lastValueFrom(client.send('find', {}))).toBe('answer');
    expect(await lastValueFrom(client.emit('found', {}))).toBe('dispatched');
    expect(sent).toEqual([message, message]);
    expect(reported).toEqual(['message_context', 'message_context']);
  });

  it('A count of streams that cannot be published is a fault', async () => {
    const { faults, reported } = countedFaults();
    const source = { count: () => 1, intervalMs: 60_000, timeoutMs: 1_000 };
    const counter = new StreamCounter({ source, faults, counted: broken });
    counter.start();
    await settled();
    counter.stop();
    expect(new Set(reported)).toEqual(new Set(['active_streams']));
  });
});

describe('faults in callbacks of the garbage collector and of signals', () => {
  expectNothingUnhandled();

  it('An end of a dropped result or of a dropped request that fails does not end the process', async () => {
    setFlagsFromString('--expose_gc');
    const collect = runInNewContext('gc') as () => void;
    const warned: string[] = [];
    const onWarning = ({ message }: Error) => void warned.push(message);
    process.on('warning', onWarning);
    onTestFinished(() => void process.off('warning', onWarning));
    let age: () => void = () => undefined;
    const dropped = new DroppedResults({
      after: (_ms, run) => {
        age = run;
        return () => undefined;
      },
    });
    const faults: unknown[] = [];
    const requests = new OpenRequests((fault) => faults.push(fault));
    requests.follow({
      began: (open) => (open.recorder = { ended: broken, dropped: broken }),
    });
    const recorder = { succeed: broken, fail: broken } as unknown as CallRecorder;
    (() => {
      const response = Object.assign(new EventEmitter(), { socket: {} });
      requests.note(
        { socket: {} } as unknown as IncomingMessage,
        response as unknown as ServerResponse,
      );
      new OpenCall(recorder, 0).follow(dropped, { result: 'dropped' });
    })();
    age();
    age();
    await vi.waitFor(
      () => {
        collect();
        expect(warned).toContainEqual(expect.stringContaining('a dropped result failed'));
        expect(faults).toHaveLength(1);
      },
      { timeout: 10_000 },
    );
  });

  it('An abort whose reason cannot be read ends a wait for a position, and nothing else', async () => {
    const application = await start();
    const status = application.app.get(ProjectionStatus);
    application.service.projection('orders').checkpoint(1);
    const controller = new AbortController();
    const waiting = status.waitFor('orders', 2, { signal: controller.signal });
    Object.defineProperty(controller.signal, 'reason', { get: broken });
    controller.abort();
    await expect(waiting).rejects.toThrow('injected');
    expect((await application.get('/door')).text).toBe('open');
  });
});

describe('faults in callbacks of the buses of CQRS', () => {
  expectNothingUnhandled();

  class Paid {}
  class Ship {}
  @CommandHandler(Ship)
  class Shipping {
    async execute(): Promise<string> {
      return 'shipped';
    }
  }
  @Injectable()
  class Logistics {
    readonly seen: unknown[] = [];

    @Saga()
    paid(events: Observable<object>): Observable<object> {
      return events.pipe(
        tap((it) => this.seen.push(it)),
        filter((it) => it instanceof Paid),
        map(() => new Ship()),
      );
    }
  }

  it('Published events that cannot be read, and a saga whose clock fails, go on', async () => {
    const clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
    const application = await RunningApplication.start({
      imports: [ObservabilityModule.forRoot({ clock }), CqrsModule.forRoot()],
      providers: [Shipping, Logistics],
    });
    running.push(application);
    const { app } = application;
    const events = [new Paid(), hostile<object>(['metadata', 'meta', 'headers'], new Paid())];
    const bus = app.get(EventBus);
    await bus.publishAll(events);
    const read = Object.defineProperty([...events], Symbol.iterator, { value: broken });
    expect(() => bus.publishAll(read)).not.toThrow();
    expect(app.get(Logistics).seen).toHaveLength(4);
    clock.monotonicMs = broken;
    clock.wallMs = broken;
    bus.publish(new Paid());
    expect(await app.get(CommandBus).execute(new Ship())).toBe('shipped');
    await settled();
    expect(app.get(Logistics).seen).toHaveLength(5);
    clock.monotonicMs = () => performance.now();
    expect(await errorsOf(application, 'clock')).toBeGreaterThan(0);
  });
});

describe('faults in messages between processes and threads', () => {
  expectNothingUnhandled();

  it('A message of a worker that cannot be read is a fault of the primary', async () => {
    const aggregator = aggregateCluster({ warn: () => undefined });
    const worker = Object.assign(new EventEmitter(), { id: 1, isConnected: broken, send: broken });
    const message = hostile([CHANNEL]);
    cluster.emit('message', worker as unknown as Worker, message);
    cluster.emit('message', hostile(['id']), {});
    cluster.emit('exit', worker as unknown as Worker, 0, 'SIGKILL');
    cluster.emit('disconnect', hostile(['id']));
    expect(await aggregator.render()).toMatch(
      /^eventcore_observability_errors_total\{component="cluster"\} [34]$/m,
    );
    await aggregator.close();
  });

  it('A message of a thread that cannot be taken is a fault of its hub', async () => {
    const { faults, reported } = countedFaults();
    const hub = new ThreadHub(true);
    hub.open({
      heard: broken,
      exited: broken,
      ended: broken,
      guard: (listener) => {
        try {
          listener();
        } catch (fault) {
          faults.report('cluster', fault);
        }
      },
    });
    hub.watch(hostile(['threadId']));
    expect(reported).toEqual(['cluster']);
    const lobby = new BroadcastChannel(CHANNEL);
    // oxlint-disable-next-line unicorn/require-post-message-target-origin
    lobby.postMessage(encodeMessage({ kind: 'hello', member: 'a', seriesLimit: 1, threadId }));
    await vi.waitFor(() => expect(reported).toEqual(['cluster', 'cluster']));
    lobby.close();
    hub.close();
  });
});
