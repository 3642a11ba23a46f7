import { Inject, Injectable } from '@nestjs/common';
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { afterEach, describe, expect, it } from 'vitest';
import { Command, ObservabilityModule, Projection, Query, REJECTION } from '../../../lib/index.js';
import {
  LogStore,
  logging,
  type LoggingOptions,
  ObservabilityLogger,
  withLogContext,
} from '../../../lib/logging/index.js';
import { sampleOf } from '../../contract/text-format.js';
import { RunningApplication } from '../module/running-application.js';
import { type Line, linesOf, textSink } from './json-lines.js';

class OutOfStock extends Error {
  readonly [REJECTION] = true;
}

@Injectable()
class Shop {
  constructor(@Inject(ObservabilityLogger) private readonly logger: ObservabilityLogger) {}

  @Command('PlaceOrder')
  async place(command: { commandId: string; correlationId?: string }): Promise<void> {
    await Promise.resolve();
    this.logger
      .named('shop')
      .info('Charging', { card_token: 'tok_123456789', id: command.commandId });
  }

  @Command('RejectOrder')
  async reject(): Promise<void> {
    throw new OutOfStock('no more of it');
  }

  @Command({ name: 'FailOrder', span: false })
  async fail(): Promise<void> {
    throw new TypeError('password=hunter2 was wrong', { cause: new Error('inner') });
  }

  @Command('Import')
  async import(work: () => unknown): Promise<void> {
    await work();
  }

  @Query('FindOrder')
  find(): number {
    return 1;
  }

  @Projection('order_summary')
  apply(_event: unknown): void {}
}

let application: RunningApplication | undefined;
let provider: BasicTracerProvider | undefined;

afterEach(async () => {
  await application?.close();
  application = undefined;
  await provider?.shutdown();
  provider = undefined;
  trace.disable();
  context.disable();
});

async function start(options: LoggingOptions = {}, more: object = {}) {
  const lines: string[] = [];
  application = await RunningApplication.start({
    imports: [
      ObservabilityModule.forRoot({
        serviceName: 'shop',
        plugins: [logging({ sinks: [textSink(lines)], ...options })],
        ...more,
      }),
    ],
    providers: [Shop],
  });
  return { application, shop: application.app.get(Shop), lines };
}

function startTracing(sampler?: AlwaysOffSampler): void {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  provider = new BasicTracerProvider({ ...(sampler && { sampler }) });
  trace.setGlobalTracerProvider(provider);
}

const commandLines = (lines: readonly string[]) => linesOf(lines, 'eventcore::command');

describe('lines about commands', () => {
  it('A successful command has one line with its id, outcome and duration', async () => {
    const { shop, lines } = await start({}, { tracing: false });
    await shop.place({ commandId: 'c-1', correlationId: 'k-1' });
    const [line, ...others] = commandLines(lines);
    expect(others).toEqual([]);
    expect(line).toMatchObject({
      level: 'INFO',
      message: 'Command executed successfully',
      fields: {
        command_type: 'PlaceOrder',
        command_id: 'c-1',
        outcome: 'success',
        correlation_id: 'k-1',
      },
    });
    expect(line?.fields['duration_ms']).toBeGreaterThan(0);
  });

  it('A rejection is informational and a failure is an error with its cause, without the secret', async () => {
    const { shop, lines } = await start();
    await expect(shop.reject()).rejects.toThrow('no more of it');
    await expect(shop.fail()).rejects.toThrow('password=hunter2');
    const [rejected, failed] = commandLines(lines);
    expect(rejected).toMatchObject({
      level: 'INFO',
      message: 'Command rejected',
      fields: { outcome: 'rejected', error_type: 'OutOfStock', error_message: 'no more of it' },
    });
    expect(rejected?.fields['error_stack']).toBeUndefined();
    expect(failed).toMatchObject({
      level: 'ERROR',
      message: 'Command execution failed',
      fields: {
        command_type: 'FailOrder',
        error_type: 'TypeError',
        error_category: 'permanent',
        error_message: 'password=[Redacted] was wrong',
        error_cause: { type: 'Error', message: 'inner' },
      },
    });
    expect(lines.join()).not.toContain('hunter2');
  });

  it('A failure has a line when successes have none', async () => {
    const { shop, lines } = await start({ level: 'warn', context: false });
    await shop.place({ commandId: 'c-1' });
    await expect(shop.fail()).rejects.toThrow();
    expect(commandLines(lines).map(({ message }) => message)).toEqual(['Command execution failed']);
  });

  it('The duration of a line is that of the metrics', async () => {
    const { shop, lines, application: app } = await start();
    await shop.place({ commandId: 'c-1' });
    const { text } = await app.get('/metrics');
    const labels = { service: 'shop', command_type: 'PlaceOrder', outcome: 'success' };
    const seconds = sampleOf(text, 'eventcore_command_duration_seconds_sum', labels);
    const [line] = commandLines(lines);
    expect(line?.fields['duration_ms']).toBeCloseTo((seconds ?? 0) * 1000, 2);
  });

  it('A command that is recorded by hand has a line as well', async () => {
    const { application: app, lines } = await start();
    app.service.startCommand('Import').succeed(3);
    expect(commandLines(lines)[0]).toMatchObject({
      message: 'Command executed successfully',
      fields: { command_type: 'Import', events_written: 3 },
    });
  });

  it('A command at debug level has a line at its beginning', async () => {
    const { shop, lines } = await start({ level: 'debug' });
    await shop.place({ commandId: 'c-1' });
    const messages = commandLines(lines).map(({ level, message }) => `${level} ${message}`);
    expect(messages).toEqual([
      'DEBUG Starting command execution',
      'INFO Command executed successfully',
    ]);
  });
});

describe('other lines', () => {
  it('Queries and projections have lines at debug level', async () => {
    const { shop, lines } = await start({ level: 'debug' });
    shop.find();
    shop.apply({ type: 'OrderPlaced', id: 'e-1', position: 7n });
    expect(linesOf(lines, 'eventcore::query')[0]).toMatchObject({
      message: 'Query executed successfully',
      fields: { query_type: 'FindOrder' },
    });
    const applied = linesOf(lines, 'eventcore::projection');
    expect(applied.find((it) => it.message === 'Event applied')).toMatchObject({
      fields: {
        projection_name: 'order_summary',
        event_type: 'OrderPlaced',
        position: '7',
        mode: 'live',
      },
    });
  });

  it('Appends count for the command around them', async () => {
    const { application: app, lines, shop } = await start({ context: true });
    const { logger } = shop as unknown as { logger: ObservabilityLogger };
    void logger;
    const append = app.service.startEventStoreOperation('append', 'order');
    append.succeed({ events: 2 });
    app.service
      .startEventStoreOperation('append', 'order')
      .fail(new Error('x'), { conflict: true });
    app.service.startEventStoreOperation('append', 'order').fail(new Error('disk'));
    const [written, conflict, failed] = linesOf(lines, 'eventcore::event_store');
    expect(written).toMatchObject({
      level: 'INFO',
      message: 'Events written successfully',
      fields: { operation: 'append', stream_category: 'order', event_count: 2 },
    });
    expect(conflict).toMatchObject({ level: 'WARN', message: 'Optimistic concurrency conflict' });
    expect(failed).toMatchObject({ level: 'ERROR', message: 'Failed to write events' });
  });
});

describe('the context of a line', () => {
  const inner = (lines: readonly string[]): Line | undefined => linesOf(lines, 'shop')[0];

  it('A line within a handler carries its name and ids, and its secrets are redacted', async () => {
    const { shop, lines } = await start({ context: true });
    await shop.place({ commandId: 'c-1', correlationId: 'k-1' });
    expect(inner(lines)).toMatchObject({
      message: 'Charging',
      fields: { card_token: '[Redacted]', id: 'c-1' },
      span: { name: 'command PlaceOrder', command_type: 'PlaceOrder', correlation_id: 'k-1' },
    });
  });

  it('A context of the application reaches the handlers within it, and the chain is written on request', async () => {
    const { shop, lines } = await start({ context: true, spans: true });
    await withLogContext({ tenant: 'acme' }, () => shop.place({ commandId: 'c-1' }));
    expect(inner(lines)?.span).toMatchObject({ name: 'command PlaceOrder', tenant: 'acme' });
    expect(inner(lines)?.spans).toMatchObject([{ tenant: 'acme' }, { name: 'command PlaceOrder' }]);
  });

  it('A context within a handler keeps the handler on its lines, once, and the events that are appended within', async () => {
    const { application: app, shop, lines } = await start({ context: true, spans: true });
    const { service } = app;
    const logger = app.app.get(ObservabilityLogger).named('shop');
    await shop.import(() =>
      withLogContext({ file: 'a.csv' }, async () => {
        service.startEventStoreOperation('append', 'order').succeed({ events: 2 });
        logger.info('Imported');
      }),
    );
    const scope = { name: 'command Import', command_type: 'Import', file: 'a.csv' };
    expect(inner(lines)?.span).toMatchObject(scope);
    expect(inner(lines)?.spans).toEqual([scope]);
    expect(commandLines(lines)[0]?.fields).toMatchObject({ events_written: 2 });
  });

  it.each([
    ['sampled', undefined],
    ['unsampled', new AlwaysOffSampler()],
  ])('A line about a %s call carries the ids of its own span', async (_, sampler) => {
    startTracing(sampler);
    const { shop, lines } = await start();
    await shop.place({ commandId: 'c-1' });
    const [line] = commandLines(lines);
    expect(line?.span?.['trace_id']).toMatch(/^[0-9a-f]{32}$/);
    expect(inner(lines)?.span).toMatchObject({
      trace_id: line?.span?.['trace_id'],
      span_id: line?.span?.['span_id'],
    });
  });
});

describe('levels and the store', () => {
  it('A level changes at run time for existing loggers', async () => {
    const { shop, lines, application: app } = await start();
    const logger = app.app.get(ObservabilityLogger);
    logger.setLevel('off');
    await shop.place({ commandId: 'c-1' });
    expect(lines).toEqual([]);
    logger.setLevel('eventcore::command=debug');
    await shop.place({ commandId: 'c-2' });
    expect(commandLines(lines)).toHaveLength(2);
  });

  it('The store finds the lines of a trace', async () => {
    startTracing();
    const { shop, lines, application: app } = await start({ store: true });
    await shop.place({ commandId: 'c-1' });
    await shop.place({ commandId: 'c-2' });
    const traceId = String(commandLines(lines)[1]?.span?.['trace_id']);
    const found = app.app.get(LogStore).query({ traceId });
    expect(found.map(({ message }) => message)).toEqual([
      'Charging',
      'Command executed successfully',
    ]);
  });

  it('The metrics count lines by level', async () => {
    const { shop, application: app } = await start();
    await shop.place({ commandId: 'c-1' });
    const { text } = await app.get('/metrics');
    const labels = { service: 'shop', level: 'info' };
    expect(sampleOf(text, 'eventcore_log_lines_total', labels)).toBe(2);
  });
});
