// Starts one application and tells what that took.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { decorate } from './observed-application.mjs';

const HANDLERS_PER_CLASS = 4;

process.once('message', async ({ handlers, observed }) => {
  const loadedNs = process.hrtime.bigint();
  const { Command, ObservabilityModule } = observed
    ? await import('@eventcore/nestjs-observability')
    : {};
  const loadNs = Number(process.hrtime.bigint() - loadedNs);
  const providers = Array.from({ length: Math.ceil(handlers / HANDLERS_PER_CLASS) }, (_, i) =>
    handlerClass(i, Math.min(HANDLERS_PER_CLASS, handlers - i * HANDLERS_PER_CLASS), Command),
  );
  class BenchModule {}
  Module({ imports: observed ? [ObservabilityModule.forRoot()] : [], providers })(BenchModule);
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const usage = process.cpuUsage();
  const startedNs = process.hrtime.bigint();
  const app = await NestFactory.createApplicationContext(BenchModule, { logger: false });
  const ns = Number(process.hrtime.bigint() - startedNs);
  const { user, system } = process.cpuUsage(usage);
  globalThis.gc?.();
  const bytes = process.memoryUsage().heapUsed - before;
  await app.close();
  process.send({ ns, cpuNs: (user + system) * 1000, bytes, loadNs }, () => process.exit(0));
});

/** Handlers of one class, each with a name of its own. */
function handlerClass(number, methods, Command) {
  const Handlers = { [`Handlers${number}`]: class {} }[`Handlers${number}`];
  for (let i = 0; i < methods; i++) {
    const key = `place${i}`;
    const { place } = { place: async (order) => order + 1 };
    Object.defineProperty(Handlers.prototype, key, {
      value: place,
      writable: true,
      configurable: true,
    });
    if (Command !== undefined) decorate(Handlers, key, Command(`Place${number}x${i}`));
  }
  Injectable()(Handlers);
  return Handlers;
}
