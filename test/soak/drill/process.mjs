// A process that can be overloaded: the drill sends it orders.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ObservabilityModule } from '@eventcore/nestjs-observability';

class AppModule {}
Module({ imports: [ObservabilityModule.forRoot()] })(AppModule);

const MEBIBYTE = 1_048_576;
const sleeper = new Int32Array(new SharedArrayBuffer(4));
const kept = [];
const timers = {};
const SENT_EVERY_MS = 100;

const orders = {
  /** Blocks the event loop without using the processor. */
  block: ({ blockedMs, everyMs }) =>
    (timers.block = setInterval(() => Atomics.wait(sleeper, 0, 0, blockedMs), everyMs)),
  /** Keeps more memory every 100 ms, up to a limit. */
  grow: ({ stepMebibytes, mostMebibytes }) =>
    (timers.grow = setInterval(() => {
      if (kept.length * stepMebibytes < mostMebibytes)
        kept.push(Buffer.alloc(stepMebibytes * MEBIBYTE, 1));
    }, 100)),
  /** Fills the heap with what each collection has to mark, and collects. */
  collect: ({ objects, everyMs }) => {
    for (let i = 0; i < objects; i++) kept.push({ i, text: `object ${i}` });
    timers.collect = setInterval(() => globalThis.gc(), everyMs);
  },
  /** Sends requests to another service until the process ends. */
  send: ({ to }) =>
    setInterval(
      () =>
        fetch(to)
          .then((it) => it.text())
          .catch(() => undefined),
      SENT_EVERY_MS,
    ),
  mend: () => {
    for (const it of Object.values(timers)) clearInterval(it);
    kept.length = 0;
    globalThis.gc();
  },
};

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(Number(process.env.PORT ?? 0), '127.0.0.1');
process.on('message', ({ order, ...details }) => orders[order](details));
process.send({ url: await app.getUrl() });
