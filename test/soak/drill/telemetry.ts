import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable } from '@nestjs/common';
import { Command } from '../../../lib/index.js';
import { logging, lokiSink } from '../../../lib/logging/index.js';
import { otlp } from '../../../lib/exporters/otlp/index.js';
import { RunningApplication } from '../../e2e/module/running-application.js';
import {
  type DrilledApplication,
  hostOf,
  observability,
  repeat,
  type RunningDrill,
} from './drilled-application.js';

const CALLS_EVERY_MS = 40;

/** A server that answers, keeps silent, or is not there. */
class Target {
  isSilent = false;
  #server: Server | undefined;
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async listen(): Promise<void> {
    this.#server = createServer(this.#answer).listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server?.closeAllConnections();
    this.#server?.close();
  }

  /** Ends the requests that wait for an answer. */
  speak(): void {
    this.isSilent = false;
    this.#server?.closeAllConnections();
  }

  readonly #answer: RequestListener = (request, response) => {
    request.resume();
    request.on('end', () => {
      if (!this.isSilent) response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  };
}

@Injectable()
class Work {
  @Command('PlaceOrder')
  async place(): Promise<void> {}

  @Command({
    name: 'BreakHook',
    events: () => {
      throw new Error('hook');
    },
  })
  async breakHook(): Promise<void> {}
}

async function start(): Promise<RunningDrill> {
  const [collector, loki] = [new Target(), new Target()];
  await collector.listen();
  await loki.listen();
  const shipping = { url: loki.url, intervalMs: 200, timeoutMs: 60_000 };
  const application = await RunningApplication.start({
    imports: [
      observability({
        exporters: [otlp({ endpoint: collector.url, intervalMs: 1_000, timeoutMs: 900 })],
        plugins: [
          logging({ sinks: [lokiSink({ ...shipping, maxBufferedBytes: 65_536 })], level: 'info' }),
        ],
      }),
    ],
    providers: [Work],
  });
  const work = application.app.get(Work);
  const gauge = application.service.gauge({
    ...{ name: 'shop_level_ratio', help: 'Level.', labels: ['id'] as const },
    seriesLimit: 3,
  });
  let id = 0;
  let [isOpenLabel, isBrokenHook] = [false, false];
  const ends = [
    repeat(CALLS_EVERY_MS, () => work.place()),
    repeat(CALLS_EVERY_MS, () => (isBrokenHook ? work.breakHook() : undefined)),
    repeat(CALLS_EVERY_MS, () => gauge.labels({ id: isOpenLabel ? String(id++) : 'one' }).set(1)),
  ];
  return {
    targets: [hostOf(application.url)],
    steps: [
      [
        {
          alerts: ['ExportFailing'],
          breaks: () => collector.close(),
          mends: () => collector.listen(),
        },
        {
          alerts: ['LogSinkBacklog', 'LogLinesDropped'],
          breaks: () => (loki.isSilent = true),
          mends: () => loki.speak(),
        },
        {
          alerts: ['SeriesFolded'],
          breaks: () => (isOpenLabel = true),
          mends: () => (isOpenLabel = false),
        },
        {
          alerts: ['TelemetryFaults'],
          breaks: () => (isBrokenHook = true),
          mends: () => (isBrokenHook = false),
        },
      ],
    ],
    stop: async () => {
      for (const end of ends) end();
      await application.close();
      collector.close();
      loki.close();
    },
  };
}

/** An exporter, a log sink, a label and a hook that fail. */
export const telemetryDrill: DrilledApplication = {
  job: 'telemetry',
  alerts: ['ExportFailing', 'LogSinkBacklog', 'LogLinesDropped', 'SeriesFolded', 'TelemetryFaults'],
  start,
};
