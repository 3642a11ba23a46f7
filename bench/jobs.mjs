// Jobs of a queue and messages to listeners, in applications with and without the library, each in a process of its own.
import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { ObservabilityModule } from '@eventcore/nestjs-observability';
import { runApart } from './apart.mjs';
import { withoutRounds } from './measure.mjs';
import { decorate } from './observed-application.mjs';

const AT_ONCE = 64;

/** A processor as BullMQ finds it, and a listener. */
class Mail {
  async process({ data }) {
    globalThis.blackhole = data;
  }

  async placed({ data }) {
    globalThis.blackhole = data;
  }
}
Reflect.defineMetadata('bullmq:processor_metadata', { name: 'mail' }, Mail);
decorate(Mail, 'placed', OnEvent('order.placed'));
Injectable()(Mail);

const calls = {
  job: (app) => {
    const mail = app.get(Mail);
    const job = { name: 'welcome', data: 7, opts: {}, timestamp: Date.now(), attemptsMade: 0 };
    return () => mail.process(job);
  },
  message: (app) => {
    const emitter = app.get(EventEmitter2);
    return () => emitter.emitAsync('order.placed', { data: 7 });
  },
};

/** The module of @nestjs/bullmq is recognised by its name. */
class BullModule {}
Module({})(BullModule);

/** Returns the work of a case. */
export async function jobCase(name) {
  class BenchModule {}
  const observability = { prometheus: false, health: false };
  Module({
    imports: [
      BullModule,
      EventEmitterModule.forRoot(),
      ...(name.endsWith('bare') ? [] : [ObservabilityModule.forRoot(observability)]),
    ],
    providers: [Mail],
  })(BenchModule);
  const app = await NestFactory.createApplicationContext(BenchModule, { logger: false });
  const call = calls[name.split(',')[0]](app);
  return async (amount) => {
    for (let n = 0; n < amount; n += AT_ONCE)
      await Promise.all(Array.from({ length: AT_ONCE }, call));
  };
}

export async function runJobs({ smoke }) {
  const amounts = smoke
    ? { processes: 1, rounds: 2, warmUpRounds: 1, calls: 128 }
    : { processes: 2, rounds: 21, warmUpRounds: 6, calls: 32_768, seconds: 6 };
  const found = { cases: {}, ratios: {} };
  for (const kind of Object.keys(calls)) {
    const names = [`${kind}, bare`, `${kind}, + metrics`];
    const cases = await runApart({ file: import.meta.url, run: 'jobCase' }, names, amounts);
    Object.assign(found.cases, withoutRounds(cases));
    const [bare, ours] = names.map((name) => cases[name].medianNs);
    found.ratios[`${kind}_cpu_vs_bare`] = ours / bare;
  }
  return found;
}
