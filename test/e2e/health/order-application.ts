import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { dist, repository } from '../telemetry/node-process.js';

const SCRIPT = `
import { existsSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { Controller, Inject, Module, Param, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus, CommandHandler, CqrsModule, EventBus, EventsHandler } from '@nestjs/cqrs';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { ObservabilityModule } from '${dist}/index.js';

const { PLATFORM, LOG, WORK_MS, DRAIN } = process.env;

class Place {
  constructor(order) { this.order = order; }
}
class Placed {
  constructor(order) { this.order = order; }
}

class PlaceHandler {
  constructor(events) { this.events = events; }
  async execute({ order }) {
    if (order.startsWith('held')) console.log('started ' + order);
    do await pause(Number(WORK_MS));
    while (order.startsWith('held') && !existsSync(LOG + '-' + order));
    this.events.publish(new Placed(order));
  }
}
Inject(EventBus)(PlaceHandler, undefined, 0);
CommandHandler(Place)(PlaceHandler);

class PlacedHandler {
  async handle({ order }) {
    await pause(Number(WORK_MS));
    await appendFile(LOG, order + '\\n');
  }
}
EventsHandler(Placed)(PlacedHandler);

class Orders {
  constructor(commands) { this.commands = commands; }
  async place(order) {
    await this.commands.execute(new Place(order));
    return { order };
  }
}
Inject(CommandBus)(Orders, undefined, 0);
const descriptor = Object.getOwnPropertyDescriptor(Orders.prototype, 'place');
Param('order')(Orders.prototype, 'place', 0);
Post(':order')(Orders.prototype, 'place', descriptor);
Controller('orders')(Orders);

class App {}
Module({
  imports: [ObservabilityModule.forRoot({ drain: JSON.parse(DRAIN) }), CqrsModule.forRoot()],
  controllers: [Orders],
  providers: [PlaceHandler, PlacedHandler],
})(App);

const options = { logger: ['error'] };
const app = PLATFORM === 'express'
  ? await NestFactory.create(App, options)
  : await NestFactory.create(App, new FastifyAdapter(), options);
app.enableShutdownHooks();
await app.listen(0, '127.0.0.1');
console.log('open at ' + (await app.getUrl()));
`;

/** What the application is started with. */
export interface OrderApplicationSettings {
  readonly platform: string;
  /** File to which the handler of events writes what it has applied. */
  readonly log: string;
  readonly drain: object;
}

/**
 * A process that takes orders: each is a command, whose event is handled after the answer. An order whose name begins with
 * `held` is under way until there is a file with the name of the log, a hyphen and its own.
 */
export class OrderApplication {
  readonly url: string;
  readonly exited: Promise<[number | null, string | null]>;
  readonly #process: ChildProcess;
  readonly #lines: string[];

  private constructor(child: ChildProcess, url: string, lines: string[]) {
    this.#process = child;
    this.url = url;
    this.#lines = lines;
    this.exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  }

  static async start({ platform, log, drain }: OrderApplicationSettings) {
    const env = { PLATFORM: platform, LOG: log, WORK_MS: '5', DRAIN: JSON.stringify(drain) };
    const child = spawn(process.execPath, ['--input-type=module', '--eval', SCRIPT], {
      cwd: repository,
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const lines: string[] = [];
    const reader = createInterface(child.stdout);
    const opened = new Promise<string>((resolve, reject) => {
      reader.on('line', (line) => {
        lines.push(line);
        const [, url] = /^open at (.*)$/.exec(line) ?? [];
        if (url !== undefined) resolve(url);
      });
      child.once('exit', () => reject(new Error('the application ended before it was open')));
    });
    return new OrderApplication(child, await opened, lines);
  }

  /** Whether the application has said this. */
  said(line: string): boolean {
    return this.#lines.includes(line);
  }

  /** Sends SIGTERM, as an orchestrator does. */
  terminate(): void {
    this.#process.kill('SIGTERM');
  }

  /** For the end of a test that went wrong. */
  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
