// Starts one application and tells what that took. Nothing here imports the library before it is measured.
import 'reflect-metadata';
import { setTimeout } from 'node:timers/promises';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';

const HANDLERS_PER_CLASS = 4;
const PEERS = ['@nestjs/terminus', '@opentelemetry/api', 'prom-client'];
// What the library leaves for after the start is done by then.
const SETTLED_MS = 250;

process.once('message', async ({ handlers, observed, peersInUse }) => {
  if (peersInUse) for (const it of PEERS) await import(it);
  const load = begin();
  const { Command, ObservabilityModule } = observed
    ? await import('@eventcore/nestjs-observability')
    : {};
  const loaded = load();
  const providers = Array.from({ length: Math.ceil(handlers / HANDLERS_PER_CLASS) }, (_, i) =>
    handlerClass(i, Math.min(HANDLERS_PER_CLASS, handlers - i * HANDLERS_PER_CLASS), Command),
  );
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const start = begin();
  class BenchModule {}
  Module({ imports: observed ? [ObservabilityModule.forRoot()] : [], providers })(BenchModule);
  const app = await NestFactory.createApplicationContext(BenchModule, { logger: false });
  const { ns, cpuNs } = start();
  await setTimeout(SETTLED_MS);
  const settled = start();
  globalThis.gc?.();
  const bytes = process.memoryUsage().heapUsed - before;
  await app.close();
  const measured = { ns, cpuNs, bytes, settledCpuNs: settled.cpuNs };
  const ofLoad = { loadNs: loaded.ns, loadCpuNs: loaded.cpuNs };
  process.send({ ...measured, ...ofLoad }, () => process.exit(0));
});

/** Begins to measure. @returns What tells how much it has been so far. */
function begin() {
  const usage = process.cpuUsage();
  const startedNs = process.hrtime.bigint();
  return () => {
    const ns = Number(process.hrtime.bigint() - startedNs);
    const { user, system } = process.cpuUsage(usage);
    return { ns, cpuNs: (user + system) * 1000 };
  };
}

/** Handlers of one class, each with a name of its own. */
function handlerClass(number, methods, Command) {
  const Handlers = { [`Handlers${number}`]: class {} }[`Handlers${number}`];
  for (let i = 0; i < methods; i++) {
    const key = `place${i}`;
    const { place } = { place: async (order) => order + 1 };
    const descriptor = { value: place, writable: true, configurable: true };
    const decorated = Command?.(`Place${number}x${i}`)(Handlers.prototype, key, descriptor);
    Object.defineProperty(Handlers.prototype, key, decorated ?? descriptor);
  }
  Injectable()(Handlers);
  return Handlers;
}
