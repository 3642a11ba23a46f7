// One script for all roles: the primary of a cluster, its workers, and threads. The test talks to the process that it starts.
import 'reflect-metadata';
import cluster from 'node:cluster';
import { isMainThread, threadId, Worker } from 'node:worker_threads';
import {
  Body,
  Controller,
  Get,
  Inject,
  Injectable,
  Logger,
  Module,
  Param,
  Post,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Command,
  ObservabilityModule,
  ObservabilityService,
} from '@eventcore/nestjs-observability';
import { AlertEngine, alerting, webhook } from '@eventcore/nestjs-observability/alerting';
import { aggregateCluster, aggregateThreads } from '@eventcore/nestjs-observability/cluster';
import { history, MetricHistory } from '@eventcore/nestjs-observability/query';

const settings = JSON.parse(process.env.SETTINGS ?? '{}');

function decorate(target, member, ...decorators) {
  let descriptor = Object.getOwnPropertyDescriptor(target.prototype, member);
  for (const it of decorators) descriptor = it(target.prototype, member, descriptor) ?? descriptor;
  Object.defineProperty(target.prototype, member, descriptor);
}

class Orders {
  async place() {}
}
decorate(Orders, 'place', Command('PlaceOrder'));
Injectable()(Orders);

class WorkController {
  constructor(orders, observability) {
    this.orders = orders;
    const define = (name, more = {}) =>
      observability.gauge({ name: `shop_${name}_level`, help: `${name}.`, ...more });
    this.gauges = {
      sum: define('sum'),
      max: define('max', { aggregation: 'max' }),
      min: define('min', { aggregation: 'min' }),
      last: define('last', { aggregation: 'last' }),
    };
    this.sizes = observability.histogram({
      name: 'shop_order_items',
      help: 'Items per order.',
      buckets: process.env.BUCKETS ? JSON.parse(process.env.BUCKETS) : [1, 5, 10],
    });
    this.paid = observability.counter({ name: 'shop_paid_total', help: 'Paid.', labels: ['kind'] });
  }

  async work(body) {
    for (let i = 0; i < (body.orders ?? 0); i++) await this.orders.place();
    for (const it of body.sizes ?? []) this.sizes.observe(it);
    if (body.paid) this.paid.labels({ kind: body.paid.kind }).inc(body.paid.amount);
    for (const [rule, value] of Object.entries(body.gauges ?? {})) this.gauges[rule].set(value);
    return { worker: workerId(), pid: process.pid };
  }

  async block({ ms }) {
    const until = Date.now() + Number(ms);
    setImmediate(() => {
      while (Date.now() < until);
    });
    return { worker: workerId() };
  }
}
decorate(WorkController, 'work', Post());
Body()(WorkController.prototype, 'work', 0);
decorate(WorkController, 'block', Get('block/:ms'));
Param()(WorkController.prototype, 'block', 0);
Controller('jobs')(WorkController);
Inject(Orders)(WorkController, undefined, 0);
Inject(ObservabilityService)(WorkController, undefined, 1);

function workerId() {
  return isMainThread ? (cluster.worker?.id ?? 0) : threadId;
}

/** The same rules in each process, told to a path of its own. */
function alertingOf(path) {
  const { url, ...options } = settings.alerts;
  return { ...options, shipped: false, receivers: [webhook({ url: `${url}/${path}` })] };
}

/** History and alerts of the whole cluster. */
function alertExporters() {
  const recorded = new MetricHistory({ intervalMs: 1_000 });
  return [recorded, new AlertEngine(recorded, alertingOf('aggregator'))];
}

async function serve(port) {
  class AppModule {}
  Module({
    imports: [
      ObservabilityModule.forRoot({
        cluster: settings.member ?? true,
        serviceName: 'shop',
        prometheus: settings.prometheus ?? {},
        ...(settings.alerts && { plugins: [history(), alerting(alertingOf('member'))] }),
      }),
    ],
    controllers: [WorkController],
    providers: [Orders],
  })(AppModule);
  Logger.overrideLogger(false);
  const app = await NestFactory.create(AppModule, { logger: false });
  app.enableShutdownHooks();
  await app.listen(port, '127.0.0.1');
  return app;
}

/** Answers commands of the test: `{ id, name, args }`. */
function obey(actions) {
  process.on('message', async ({ id, name, args }) => {
    try {
      process.send({ id, answer: await actions[name](...args) });
    } catch (error) {
      process.send({ id, error: String(error) });
    }
  });
}

async function leadCluster() {
  cluster.setupPrimary({ serialization: settings.serialization ?? 'json' });
  const exporters = settings.alerts ? alertExporters() : [];
  const options = { refreshMs: 60_000, exporters, ...settings.leader };
  const warnings = [];
  const lead = (isAsked = settings.leads ?? true) =>
    !isAsked
      ? undefined
      : aggregateCluster({ ...options, serviceName: 'shop', warn: (it) => warnings.push(it) });
  let metrics = lead();
  const port = await metrics?.listen({ port: 0, host: '127.0.0.1' });
  const all = () => Object.values(cluster.workers);
  obey({
    port: () => port,
    fork: async (env = {}) => {
      const worker = cluster.fork(env);
      await new Promise((resolve) => worker.once('listening', resolve));
      return { worker: worker.id, pid: worker.process.pid };
    },
    async end(id, how) {
      const worker = cluster.workers[id];
      const ended = new Promise((resolve) => worker.once('exit', resolve));
      const parted = new Promise((resolve) => worker.once('disconnect', resolve));
      if (how === 'disconnect') worker.disconnect();
      else if (how === 'throw' || how === 'exit') worker.send({ please: how });
      else worker.process.kill(how);
      if (how === 'disconnect') {
        await parted;
        worker.process.kill('SIGKILL');
      }
      await ended;
    },
    foreign: (message) => {
      for (const it of all()) it.send(message);
    },
    close: () => metrics.close(),
    lead: () => void (metrics = lead(true)),
    render: () => metrics.render(),
    workers: () => Object.keys(cluster.workers).map(Number),
    warnings: () => warnings,
    heard: (messages) => {
      for (const it of messages) for (const worker of all()) cluster.emit('message', worker, it);
    },
    promClient: async () => {
      const { AggregatorRegistry } = await import('prom-client');
      return new AggregatorRegistry().clusterMetrics();
    },
  });
}

async function leadThreads() {
  const metrics = aggregateThreads({ refreshMs: 60_000, ...settings.leader });
  const port = await metrics.listen({ port: 0, host: '127.0.0.1' });
  const threads = new Map();
  const extra = [];
  const app = settings.mainApplication ? await serve(0) : undefined;
  obey({
    port: () => port,
    mainPort: async () => Number(new URL(await app.getUrl()).port),
    start: async () => {
      const worker = new Worker(new URL(import.meta.url), { argv: [] });
      const seen = await new Promise((resolve, reject) => {
        worker.once('message', resolve);
        worker.once('error', reject);
      });
      worker.on('message', (it) => extra.push(it));
      threads.set(seen.worker, worker);
      return seen;
    },
    terminate: (id) => threads.get(id).terminate(),
    stop: async (id) => {
      const ended = new Promise((resolve) => threads.get(id).once('exit', resolve));
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      threads.get(id).postMessage('stop');
      await ended;
    },
    extra: () => extra,
  });
}

if (!isMainThread) {
  const { parentPort } = await import('node:worker_threads');
  const app = await serve(0);
  parentPort.once('message', () => void app.close().then(() => parentPort.close()));
  const { port } = new URL(await app.getUrl());
  // oxlint-disable-next-line unicorn/require-post-message-target-origin
  parentPort.postMessage({ worker: threadId, port: Number(port) });
} else if (cluster.isWorker) {
  process.on('message', ({ please }) => {
    if (please === 'exit') process.exit(0);
    if (please === 'throw') throw new Error('out of luck');
  });
  await serve(Number(settings.port));
} else if (settings.threads) await leadThreads();
else await leadCluster();
