import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Inject, Injectable } from '@nestjs/common';
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { isTracingSuppressed } from '@opentelemetry/core';
import { afterEach, expect, it } from 'vitest';
import { Command, ObservabilityModule, ObservabilityService } from '../../../../lib/index.js';
import {
  createNestLogger,
  elasticsearchSink,
  logging,
  ObservabilityLogger,
} from '../../../../lib/logging/index.js';
import { sampleOf } from '../../../contract/text-format.js';
import { RunningApplication } from '../../module/running-application.js';
import { answerJson, BulkStore, StrictReceiver } from './strict-receiver.js';

@Injectable()
class Shop {
  constructor(@Inject(ObservabilityLogger) private readonly logger: ObservabilityLogger) {}

  @Command('PlaceOrder')
  async place(): Promise<void> {
    this.logger.info('Charging', { card_token: 'tok_123456789' });
  }
}

let application: RunningApplication | undefined;
let receiver: StrictReceiver;

afterEach(async () => {
  await application?.close();
  application = undefined;
  await receiver.stop();
});

async function start(store: BulkStore, more: object = {}) {
  receiver = await new StrictReceiver(store.answer).start();
  const url = receiver.url.replace('http://', 'http://elastic:hunter2@');
  application = await RunningApplication.start({
    imports: [
      ObservabilityModule.forRoot({
        serviceName: 'Shop EU',
        plugins: [
          logging({
            lines: { state: false },
            sinks: [elasticsearchSink({ url, intervalMs: 60_000, ...more })],
          }),
        ],
      }),
    ],
    providers: [Shop],
  });
  return application;
}

it('The shutdown sends the lines that wait, with the service of the application', async () => {
  const store = new BulkStore();
  const { app } = await start(store, { format: 'ecs' });
  await app.get(Shop).place();
  expect(store.documents.size).toBe(0);
  await application?.close();
  application = undefined;
  expect(store.messages).toEqual(['Charging', 'Command executed successfully']);
  const [document] = store.documents.values();
  expect(document?.index).toMatch(/^shop-eu-logs-\d{4}\.\d\d\.\d\d$/);
  expect(document?.source).toMatchObject({ 'service.name': 'Shop EU' });
  expect(JSON.stringify(document)).not.toContain('tok_123456789');
});

it('A receiver that refuses lines costs the handlers nothing, and the metrics count them', async () => {
  const running = await start(new BulkStore(), { intervalMs: 1 });
  receiver.answer = (_, response) => answerJson(response, 401, { reason: 'hunter2' });
  const service = running.app.get(ObservabilityService);
  await running.app.get(Shop).place();
  await expect
    .poll(async () =>
      sampleOf((await running.get('/metrics')).text, 'eventcore_log_lines_dropped_total', {
        reason: 'refused',
        sink: 'elasticsearch',
      }),
    )
    .toBe(2);
  const text = (await running.get('/metrics')).text;
  expect(
    sampleOf(text, 'eventcore_observability_exports_total', {
      exporter: 'elasticsearch_logs',
      outcome: 'failure',
    }),
  ).toBeGreaterThan(0);
  expect(JSON.stringify(service.diagnose())).not.toContain('hunter2');
});

it('Lines of the library about itself stay out of network sinks, and reach the others', async () => {
  const store = new BulkStore();
  receiver = await new StrictReceiver(store.answer).start();
  const logger = createNestLogger({ sinks: [elasticsearchSink({ url: receiver.url })] });
  logger.log('own', 'Observability');
  logger.log('own', 'eventcore::observability');
  logger.log('own', 'eventcore::observability::shipper');
  logger.log('of the application', 'ObservabilityOfOrders');
  await logger.close();
  expect(store.messages).toEqual(['of the application']);
});

it('Requests of a sink have no spans', async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const seen: boolean[] = [];
  const onRequest = () => void seen.push(isTracingSuppressed(context.active()));
  subscribe('http.client.request.start', onRequest);
  try {
    receiver = await new StrictReceiver(new BulkStore().answer).start();
    const logger = createNestLogger({ sinks: [elasticsearchSink({ url: receiver.url })] });
    logger.log('a');
    await logger.close();
    expect(seen).toEqual([true]);
    expect(isTracingSuppressed(context.active())).toBe(false);
  } finally {
    unsubscribe('http.client.request.start', onRequest);
    context.disable();
  }
});
