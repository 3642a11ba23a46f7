import { Injectable } from '@nestjs/common';
import { SpanKind } from '@opentelemetry/api';
import { afterEach, describe, expect, it } from 'vitest';
import { type ConfigurationError, ObservabilityModule, REJECTION } from '../../../lib/index.js';
import type { KindPlugin } from '../../../lib/kinds/handler-kinds.js';
import { ObservabilityRuntime } from '../../../lib/module/observability-runtime.js';
import { sampleOf } from '../../contract/text-format.js';
import { RecordingSdk } from '../../unit/tracing/span/traced-application.js';
import { RunningApplication } from '../module/running-application.js';
import { taskKind, ObserveTask } from './task.decorator.js';

const tasks: KindPlugin = { name: 'tasks', kinds: [taskKind] };

@Injectable()
class Mail {
  release: () => void = () => undefined;

  @ObserveTask({ name: 'welcome', queue: 'mail' })
  async welcome(): Promise<void> {}

  @ObserveTask('nightly')
  async nightly(): Promise<void> {
    await new Promise<void>((resolve) => (this.release = resolve));
  }

  @ObserveTask({ name: 'invoice', queue: 'mail' })
  async invoice(): Promise<void> {
    throw Object.assign(new Error('not billable'), { [REJECTION]: true });
  }
}

const running: { close(): unknown }[] = [];

afterEach(async () => {
  for (const it of running.splice(0)) await it.close();
});

async function start(plugins: readonly KindPlugin[] = [tasks]) {
  const application = await RunningApplication.start({
    imports: [ObservabilityModule.forRoot({ plugins })],
    providers: [Mail],
  });
  running.push(application);
  const mail = application.app.get(Mail);
  return { application, mail, page: async () => (await application.get('/metrics')).text };
}

describe('a handler kind of a plugin', () => {
  it('Calls are counted under the labels of the kind, with the default of a label', async () => {
    const { mail, page } = await start();
    await mail.welcome();
    await mail.welcome();
    const nightly = mail.nightly();
    const during = await page();
    mail.release();
    await nightly;
    const welcome = { queue: 'mail', task: 'welcome' };
    const scheduled = { queue: 'schedule', task: 'nightly' };
    expect(sampleOf(during, 'eventcore_tasks_total', welcome)).toBe(2);
    expect(sampleOf(during, 'eventcore_tasks_concurrent', scheduled)).toBe(1);
    const after = await page();
    expect(sampleOf(after, 'eventcore_tasks_total', scheduled)).toBe(1);
    expect(sampleOf(after, 'eventcore_tasks_concurrent', scheduled)).toBe(0);
    const bucket = { ...welcome, outcome: 'success', le: '60' };
    expect(sampleOf(after, 'eventcore_task_duration_seconds_bucket', bucket)).toBe(2);
  });

  it('A rejection is a failure where the kind has no rejections', async () => {
    const { mail, page } = await start();
    await expect(mail.invoice()).rejects.toThrow('not billable');
    const text = await page();
    const labels = { queue: 'mail', task: 'invoice' };
    expect(sampleOf(text, 'eventcore_task_errors_total', labels)).toBe(1);
    expect(text).not.toContain('outcome="rejected"');
    expect(sampleOf(text, 'eventcore_errors_total', { source: 'task' })).toBe(1);
    expect(sampleOf(text, 'eventcore_error_rate_ratio', { source: 'task' })).toBe(1);
  });

  it('Spans are named after the queue and the task', async () => {
    const sdk = new RecordingSdk();
    running.push(sdk);
    const { mail } = await start();
    await mail.welcome();
    const { kind, attributes } = sdk.span('task mail welcome');
    expect(kind).toBe(SpanKind.CONSUMER);
    expect(attributes).toMatchObject({
      'task.name': 'welcome',
      'task.queue': 'mail',
      'task.outcome': 'success',
    });
  });

  it('The drain waits for calls under way and names them', async () => {
    const { application, mail } = await start();
    const { works } = application.app.get(ObservabilityRuntime, { strict: false }).drain;
    const nightly = mail.nightly();
    expect(works.describe()).toBe('1 tasks');
    mail.release();
    await nightly;
    expect(works.count()).toBe(0);
  });

  it('The diagnosis of a handler kind from a plugin lists the handlers, the spans and the reasons of absent metrics', async () => {
    const { application } = await start();
    const { handlers, spans, metrics } = application.service.diagnose();
    expect(handlers).toContainEqual({ kind: 'task', method: 'Mail.welcome', name: 'welcome' });
    expect(spans.kinds.find((it) => it.kind === 'task')).toMatchObject({ handlers: 3 });
    const reasonsOf = (name: string) => metrics.find((it) => it.name === name)?.reasons;
    expect(reasonsOf('eventcore_task_errors_total')).toEqual(['No task has failed.']);
    expect(application.service.diagnose('task nightly').reasons).not.toEqual([]);
  });

  it('The diagnosis of a handler kind from a plugin says that no handler has the option that a metric needs', async () => {
    const { application } = await start();
    const metric = application.service
      .diagnose()
      .metrics.find((it) => it.name === 'eventcore_tasks_concurrent');
    expect(metric?.reasons).toContain('No handler has the option urgent of @ObserveTask.');
  });

  it.each([
    [{ queue: '' }, 'queue'],
    [{ queue: 7 }, 'queue'],
    [{ urgent: 'yes' }, 'urgent'],
    [{ events: () => 1 }, 'events'],
    [{ que: 'mail' }, 'que'],
  ])('The option check refuses %j', (options, option) => {
    const decorate = () =>
      ObserveTask(options as never)(Mail.prototype, 'run', { value() {}, configurable: true });
    expect(decorate).toThrow(`@ObserveTask on Mail.run, ${option}`);
  });

  it('The start stops with the remedy where the plugin of a kind is not listed', async () => {
    const failure = await start([]).catch((error: unknown) => error as ConfigurationError);
    expect(failure).toMatchObject({
      code: 'OBS_OPTION_INVALID',
      problems: [
        { subject: 'plugins', value: 'Mail.welcome', remedy: 'Add tasks() to plugins.' },
        { value: 'Mail.nightly' },
        { value: 'Mail.invoice' },
      ],
    });
  });
});
