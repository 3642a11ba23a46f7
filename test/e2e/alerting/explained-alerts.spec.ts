import { Injectable } from '@nestjs/common';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { alerting, slack, webhook } from '../../../lib/alerting/index.js';
import type { MetricsExporter } from '../../../lib/exporters/port/metrics-exporter.js';
import { Command, ObservabilityModule } from '../../../lib/index.js';
import { history } from '../../../lib/query/index.js';
import { poll } from '../../system/poll.js';
import { RunningApplication } from '../module/running-application.js';
import { WebhookReceiver } from './webhook-receiver.js';

const failed: string[] = [];

@Injectable()
class Shop {
  @Command({ name: 'PayOrder' })
  async pay(isBroken: boolean): Promise<void> {
    if (!isBroken) return;
    failed.push(trace.getActiveSpan()?.spanContext().traceId ?? '');
    throw new Error('the bank does not answer');
  }
}

const collector: MetricsExporter = {
  name: 'collector',
  open: async () => ({
    intervalMs: 500,
    timeoutMs: 500,
    export: async () => {
      throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
    },
    close: async () => undefined,
  }),
};

const rules = [
  {
    name: 'PaymentsFail',
    query: 'sum by (job, command_type) (eventcore_command_errors_total) > 1',
    severity: 'critical',
    annotations: {
      summary: '{{ $labels.command_type }} of {{ $labels.job }} fails',
      description: '{{ $value }} payments have failed.',
      runbook_url: 'https://shop.example/runbooks/PaymentsFail',
    },
  },
  {
    name: 'ExportsFail',
    query: 'sum by (job, exporter) (eventcore_observability_exports_total{outcome="failure"}) > 0',
    severity: 'warning',
  },
];

interface Posted {
  readonly alerts: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
  }[];
}

interface Message {
  readonly attachments: readonly { readonly title: string; readonly text: string }[];
}

let receiver: WebhookReceiver;
let application: RunningApplication;

beforeEach(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new BasicTracerProvider());
  receiver = await WebhookReceiver.start();
  const alerts = alerting({
    shipped: false,
    rules,
    intervalMs: 1_000,
    groupWait: '0s',
    receivers: [
      webhook({ url: `${receiver.url}/hook` }),
      slack({ webhook: `${receiver.url}/slack` }),
    ],
    traceUrl: 'https://traces.example/trace/{trace_id}',
    liveUrl: 'https://shop.example/observability',
  });
  application = await RunningApplication.start({
    imports: [
      ObservabilityModule.forRoot({
        serviceName: 'shop',
        exporters: [collector],
        plugins: [history({ intervalMs: 1_000 }), alerts],
      }),
    ],
    providers: [Shop],
  });
});

afterEach(async () => {
  await application?.close();
  receiver.close();
  trace.disable();
  context.disable();
});

it('A notification has the value, the labels, the runbook, the trace of a failed call and what diagnose() says', async () => {
  const shop = application.app.get(Shop);
  await shop.pay(false);
  for (let i = 0; i < 2; i++) await shop.pay(true).catch(() => undefined);
  const toldOf = (name: string) =>
    poll(
      async () =>
        receiver
          .bodiesAt<Posted>('/hook')
          .flatMap(({ alerts }) => alerts)
          .find(({ labels }) => labels['alertname'] === name),
      { what: name, timeoutMs: 30_000 },
    );

  const payments = await toldOf('PaymentsFail');
  const traceId = payments.annotations['trace_id'] ?? '';
  expect(failed).toContain(traceId);
  expect(payments.labels).toMatchObject({ command_type: 'PayOrder', job: 'shop' });
  expect(payments.annotations).toEqual({
    summary: 'PayOrder of shop fails',
    description: '2 payments have failed.',
    runbook_url: 'https://shop.example/runbooks/PaymentsFail',
    value: '2',
    trace_id: traceId,
    trace_url: `https://traces.example/trace/${traceId}`,
    live_url: 'https://shop.example/observability',
  });

  const exports = await toldOf('ExportsFail');
  expect(exports.labels).toMatchObject({ exporter: 'collector' });
  expect(exports.annotations['diagnosis']).toMatch(/exports failed, the last with .*ECONNREFUSED/);

  const message = async () =>
    receiver
      .bodiesAt<Message>('/slack')
      .flatMap(({ attachments }) => attachments)
      .find(({ title }) => title.includes('PayOrder'));
  const { title, text } = await poll(message, { what: 'the message', timeoutMs: 10_000 });
  expect(title).toBe('[FIRING critical] PayOrder of shop fails');
  expect(
    text.split('\n').map((line) => /^[A-Z][a-z ]*(?=:| \d{4}-)/.exec(line)?.[0] ?? line),
  ).toEqual([
    'PayOrder of shop fails',
    '2 payments have failed.',
    'Value',
    'Labels',
    'Since',
    'Trace',
    'Runbook',
    'Live page',
  ]);
});
