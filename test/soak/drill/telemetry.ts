import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Injectable } from '@nestjs/common';
import { alerting, webhook } from '../../../lib/alerting/index.js';
import { Command } from '../../../lib/index.js';
import { logging, lokiSink } from '../../../lib/logging/index.js';
import { otlp } from '../../../lib/exporters/otlp/index.js';
import { history } from '../../../lib/query/index.js';
import { RunningApplication } from '../../e2e/module/running-application.js';
import {
  type DrilledApplication,
  hostOf,
  observability,
  repeat,
  type RunningDrill,
} from './drilled-application.js';

const CALLS_EVERY_MS = 40;
const EVALUATED_EVERY_MS = 1_000;

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

/** An alert that is sent again and again, and a rule that fails when a label of the join has two partners. */
const engine = (receiver: Target) =>
  alerting({
    shipped: false,
    intervalMs: EVALUATED_EVERY_MS,
    groupWait: '0s',
    groupInterval: '1s',
    repeatInterval: '1s',
    rules: [
      { name: 'AlwaysOn', query: 'vector(1)' },
      { name: 'Joined', query: 'shop_level_ratio * on (id) shop_price_ratio > 1' },
    ],
    receivers: [webhook({ url: receiver.url })],
  });

async function start(): Promise<RunningDrill> {
  const [collector, loki, receiver] = [new Target(), new Target(), new Target()];
  for (const it of [collector, loki, receiver]) await it.listen();
  const shipping = { url: loki.url, intervalMs: 200, timeoutMs: 60_000 };
  const application = await RunningApplication.start({
    imports: [
      observability({
        exporters: [otlp({ endpoint: collector.url, intervalMs: 1_000, timeoutMs: 900 })],
        plugins: [
          logging({ sinks: [lokiSink({ ...shipping, maxBufferedBytes: 65_536 })], level: 'info' }),
          history({ intervalMs: EVALUATED_EVERY_MS }),
          engine(receiver),
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
  const price = application.service.gauge({
    name: 'shop_price_ratio',
    help: 'Price.',
    labels: ['id', 'currency'],
  });
  price.labels({ id: 'one', currency: 'EUR' }).set(1);
  const second = { id: 'one', currency: 'USD' };
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
        {
          alerts: ['AlertNotificationsLost'],
          breaks: () => receiver.close(),
          mends: () => receiver.listen(),
        },
        {
          alerts: ['AlertEvaluationsFailing'],
          breaks: () => price.labels(second).set(1),
          mends: () => price.remove(second),
        },
      ],
    ],
    stop: async () => {
      for (const end of ends) end();
      await application.close();
      collector.close();
      loki.close();
      receiver.close();
    },
  };
}

/** An exporter, a log sink, a label, a hook, a receiver and a rule that fail. */
export const telemetryDrill: DrilledApplication = {
  job: 'telemetry',
  alerts: [
    'ExportFailing',
    'LogSinkBacklog',
    'LogLinesDropped',
    'SeriesFolded',
    'TelemetryFaults',
    'AlertNotificationsLost',
    'AlertEvaluationsFailing',
  ],
  start,
};
