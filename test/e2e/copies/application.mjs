// Loads copies of the library from the folders that its arguments name, and prints what their applications count.
import 'reflect-metadata';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Injectable, Module } from '@nestjs/common';
import { CommandHandler, CqrsModule, CommandBus } from '@nestjs/cqrs';
import { NestFactory } from '@nestjs/core';

const require = createRequire(import.meta.url);
const [ours, theirs, foreign] = process.argv.slice(2);
const load = (folder, entry = 'index') => import(pathToFileURL(`${folder}/dist/${entry}.js`).href);
const ofModule = await load(ours);
const { logging } = await load(ours, 'logging/index');
// As in a file of its own, which is loaded before the dependency.
const early = ofModule.ObservabilityModule.forRoot({
  serviceName: 'copies',
  plugins: [logging({ sinks: [], store: true })],
});
// A dependency in CommonJS has the other copy.
const ofHandlers = require(`${theirs}/dist/index.js`);

function decorate(target, member, ...decorators) {
  let descriptor = Object.getOwnPropertyDescriptor(target.prototype, member);
  for (const it of decorators) descriptor = it(target.prototype, member, descriptor) ?? descriptor;
  Object.defineProperty(target.prototype, member, descriptor);
}

class Orders {
  async place() {
    ofModule.currentObservation()?.retry(new Error('taken'));
    return ofHandlers.currentObservation()?.name;
  }
  total() {
    return 1;
  }
  async add() {}
  async append() {
    return [1, 2];
  }
  async *stream() {
    yield 1;
    yield 2;
  }
}
const { Command, EventStoreOperation, Projection, Query } = ofHandlers;
decorate(Orders, 'place', Command({ name: 'PlaceOrder', context: true }));
decorate(Orders, 'total', Query('OrderTotal'));
decorate(Orders, 'add', Projection('OrderTotals'));
decorate(Orders, 'append', EventStoreOperation('append', { events: (it) => it }));
decorate(Orders, 'stream', EventStoreOperation('read', { effect: 'read' }));
Injectable()(Orders);

class Refund {}
class RefundHandler {
  async execute() {}
}
decorate(RefundHandler, 'execute', Command('Refunded'));
CommandHandler(Refund)(RefundHandler);

class Reports {
  constructor(observability) {
    this.observability = observability;
  }
}
Reflect.defineMetadata('design:paramtypes', [ofHandlers.ObservabilityService], Reports);
Injectable()(Reports);

const ofLines = require(`${theirs}/dist/logging/index.js`);
class Shipping {
  constructor(logger, lines) {
    this.logger = logger;
    this.lines = lines;
  }
}
const { LogStore, ObservabilityLogger } = ofLines;
Reflect.defineMetadata('design:paramtypes', [ObservabilityLogger, LogStore], Shipping);
Injectable()(Shipping);

const lines = [];
const logger = Object.fromEntries(
  ['log', 'warn', 'error', 'fatal'].map((level) => [level, (it) => lines.push(`${level} ${it}`)]),
);

async function start({ ObservabilityModule }, imports = [], providers = []) {
  const definition = ObservabilityModule?.forRoot({ serviceName: 'copies' });
  class App {}
  Module({
    imports: [...(definition === undefined ? [] : [definition]), CqrsModule.forRoot(), ...imports],
    providers: [Orders, RefundHandler, Reports, ...providers],
  })(App);
  return NestFactory.createApplicationContext(App, { logger, abortOnError: false });
}

async function work(app) {
  const orders = app.get(Orders);
  const name = await orders.place();
  orders.total();
  await orders.add();
  await orders.append();
  for await (const _ of orders.stream());
  await app.get(CommandBus).execute(new Refund());
  return name;
}

const COUNTERS =
  /^eventcore_(?:commands|command_retries|queries|projection_events_processed|events_\w+|event_store_operations)_total\{/;

async function counts(app, library) {
  const exporter = app.get(
    (await load(folderOf(library), 'exporters/prometheus/index')).PrometheusExporter,
  );
  const text = await exporter.render();
  return text.split('\n').filter((it) => COUNTERS.test(it) && !it.endsWith(' 0'));
}

function folderOf(library) {
  return library.Command === Command ? theirs : ours;
}

const first = await start({}, [early], [Shipping]);
const report = { name: await work(first), counts: await counts(first, ofModule) };
report.injected = first.get(Reports).observability === first.get(ofModule.ObservabilityService);
first.get(Shipping).logger.info('Parcel handed over', { order: 7 });
report.lines = first
  .get(Shipping)
  .lines.query({ level: 'info' })
  .map(({ message }) => message);
const { hints, copies } = first.get(ofModule.ObservabilityService).diagnose();
Object.assign(report, { hints, copies });
const second = await start(ofHandlers);
await work(second);
report.second = await counts(second, ofHandlers);
report.first = await counts(first, ofModule);
await first.close();
await second.close();

const both = start(ofModule, [ofHandlers.ObservabilityModule.forRoot()]);
report.both = await both.then(
  () => 'started',
  ({ code, message }) => ({ code, message }),
);

if (foreign !== undefined) {
  const other = await load(foreign);
  decorate(Orders, 'place', other.Command('Foreign'));
  lines.length = 0;
  const app = await start(ofModule);
  await app.get(Orders).place();
  report.warned = lines.filter((it) => it.startsWith('warn'));
  report.incompatible = app.get(ofModule.ObservabilityService).diagnose().hints;
  report.beside = (await counts(app, ofModule)).filter((it) => it.includes('commands_total'));
  await app.close();
}
console.log(JSON.stringify(report));
